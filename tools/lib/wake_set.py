"""Mixes the labelled set of wake words; runs in the Python environment that `tools/bench wake --det` makes.

wake_set.py SEED SPOKEN RECORDED MINUTES FOLDER   SPOKEN is a folder of wake_voices.py, RECORDED a list of recordings of people who never say the words, of
                                                 which MINUTES are taken at most. Leaves in FOLDER raw sounds and set.json: for each sound what it is,
                                                 and where words begin and end in it.
"""

import json
import sys
from pathlib import Path

import numpy

from wake_reference import RATE, clip, music
from wake_rooms import FLOOR_DECIBELS, LEVELS, NOISES, RATIOS, REVERBERATION, Rooms, noise
from wake_sound import paths, pink, scaled, trimmed

TAKES = 2  # conditions in which each utterance is heard
BEFORE_SECONDS, AFTER_SECONDS = 2.0, 1.5  # of noise around each utterance
STRETCH_SECONDS = 30  # of other speech under one condition
NOISE_MINUTES = 2  # of each kind, without speech
SPEEDS = (0.9, 1.12)  # other throats: half of the voices are played faster or slower


class Mixer:
    def __init__(self, seed, talkers):
        self.random = numpy.random.default_rng(seed)
        self.rooms = Rooms(self.random)
        self.talkers = talkers

    def condition(self):
        ratio, kind = self.random.choice(len(RATIOS)), self.random.choice(len(NOISES))
        return {
            "decibels": RATIOS[ratio], "noise": NOISES[kind], "reverberation": float(self.random.choice(REVERBERATION)),
            "level": round(float(self.random.uniform(*LEVELS)), 1)}

    def heard(self, speech, condition, level):
        """Speech as it comes to the microphone: in its room, with its noise. `level` is the root mean square that `speech` has."""
        sound = self.rooms.put(self.random, speech, condition["reverberation"])
        if condition["decibels"] is not None:
            decibels = level - condition["decibels"]
            sound = sound + noise(self.random, condition["noise"], len(sound), decibels, self.talkers)
        return sound + scaled(self.random.standard_normal(len(sound)), FLOOR_DECIBELS)

    def faster(self, sound):
        if self.random.random() < 0.5:
            return sound
        places = numpy.arange(0, len(sound) - 1, self.random.uniform(*SPEEDS))
        return numpy.interp(places, numpy.arange(len(sound)), sound)

    def words(self, files):
        """One utterance after another, each with its label."""
        parts, labels, position = [], [], 0
        for file in files:
            for _ in range(TAKES):
                condition = self.condition()
                word = scaled(self.faster(trimmed(clip(file) / 32768)), condition["level"])
                before, after = (int(seconds * RATE) for seconds in (BEFORE_SECONDS, AFTER_SECONDS))
                sound = self.heard(numpy.concatenate([numpy.zeros(before), word, numpy.zeros(after)]), condition, condition["level"])
                sound = sound[: before + len(word) + after]
                labels.append({"begin": position + before, "end": position + before + len(word), "voice": file.stem.split("-")[1], **condition})
                parts.append(sound)
                position += len(sound)
        return numpy.concatenate(parts), labels

    def others(self, files, seconds):
        """Other speech, each stretch of it under one condition; `seconds` of it at most."""
        parts, position, order = [], 0, self.random.permutation(len(files))
        stretch, length, condition = [], 0, self.condition()
        for number, index in enumerate(order):
            sound = self.faster(clip(files[index]) / 32768)
            if not sound.any():
                continue
            stretch += [scaled(sound, condition["level"]), numpy.zeros(int(self.random.uniform(0.2, 0.8) * RATE))]
            length += len(stretch[-2]) + len(stretch[-1])
            if length < STRETCH_SECONDS * RATE and number + 1 < len(order):
                continue
            parts.append(self.heard(numpy.concatenate(stretch), condition, condition["level"]))
            position += len(parts[-1])
            stretch, length, condition = [], 0, self.condition()
            if position > seconds * RATE:
                break
        return numpy.concatenate(parts)

    def noises(self):
        count = NOISE_MINUTES * 60 * RATE
        parts = [pink(self.random, count, -45), scaled(self.random.standard_normal(count), -50)]
        parts += [noise(self.random, "babble", count, -30, self.talkers), scaled(music(self.random, count), -25)]
        return numpy.concatenate(parts)


def main(seed, spoken, recorded, minutes, folder):
    spoken, folder = Path(spoken), Path(folder)
    recordings = paths(recorded)
    files = sorted(spoken.glob("*.wav"))
    words = sorted({path.name.split("-")[0] for path in files} - {"other"})
    talkers = [clip(path) / 32768 for path in recordings[:40]]
    mixer = Mixer(seed, [sound for sound in talkers if sound.any()])
    sounds = []

    def leave(name, kind, sound, labels=()):
        (sound * 32767).round().clip(-32768, 32767).astype("<i2").tofile(folder / f"{name}.raw")
        sounds.append({"name": name, "kind": kind, "seconds": len(sound) / RATE, "labels": list(labels)})
        print(f"· {name}: {len(sound) / RATE / 60:.0f} minutes mixed", file=sys.stderr)

    for word in words:
        leave(f"word-{word}", word, *mixer.words([path for path in files if path.name.startswith(f"{word}-")]))
    leave("made", "made speech", mixer.others([path for path in files if path.name.startswith("other-")], numpy.inf))
    leave("recorded", "recorded speech", mixer.others(recordings, minutes * 60))
    leave("noise", "noise", mixer.noises())
    (folder / "set.json").write_text(json.dumps(sounds))


if __name__ == "__main__":
    if len(sys.argv) != 6:
        raise SystemExit(__doc__)
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5])
