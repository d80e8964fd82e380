"""Scenes for `tools/bench bargein`; runs in the Python environment that it makes.

A scene is an answer that the glasses give, a room between their loudspeaker and their microphone, and what is heard beside the answer. There are two
halves with nothing in common: other voices, other rooms, other coughs. Constants were tuned on the first only; the second is what counts.

voice_scenes.py scenes PROMPTS PROGRAM MINUTES SEED HALF   plays scenes through `sotto-voice interrupt`; prints a JSON object
voice_scenes.py echo PROMPTS PROGRAM SECONDS SEED HALF     echo cancellers on the same rooms; prints a JSON object
voice_scenes.py clips PROMPTS PROGRAM SEED FOLDER          the human clips as the host hears them, a folder for each way
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from scipy.signal import resample_poly
from voice_sound import (
    NOISE_DECIBELS, OWN_DECIBELS, RATE, SENTENCES, answer, convolved, cough, hum, knock, level, prompts, read_wave, room, scaled, spoken, trimmed, write_raw,
    write_wave)

LEVELS = (0, -6, -12)  # echo to speech, in decibels
KINDS = ("speech", "own_echo", "coughs", "hums", "backchannels", "background_talk", "knocks")
CONSENT = ("yeah", "okay", "uh huh", "right", "I see")
SECONDS = 60  # of one scene
LONGEST = 2.5  # seconds of an interruption
CLIPS = Path("/usr/share/pocketsphinx/test/data")
# Voices: who answers, who speaks (recorded), who speaks (flite's), who consents (flite's); how many rooms, and what is added to the seed.
HALVES = {
    "tuned": ("en_US_f_Allison", ("fr_CA_f_June",), ("rms",), ("slt", "rms", "awb"), 4, 0),
    "held_out": ("ru_RU_f_IvrvoiceRU", ("it_IT_m_Carlo", "es_MX_f_Allison"), (), ("kal16", "kal"), 8, 1000),
}


class Stage:
    """Voices, rooms and disturbances, the same for every level."""

    def __init__(self, folder, scratch, seed, half):
        answers, recorded, made, consent, rooms, offset = HALVES[half]
        self.seed = seed + offset
        random = numpy.random.default_rng(self.seed)
        self.answers = prompts(folder, answers)
        self.people = [sound for voice in recorded for sound in prompts(folder, voice)]
        made = [spoken(voice, text, scratch) for voice in made for text in SENTENCES]
        # So often that a quarter of what is said is theirs.
        self.people += made * (len(self.people) // (3 * len(made))) if made else []
        self.rooms = [room(random) for _ in range(rooms)]
        self.far = room(random)
        self.words = [spoken(voice, text, scratch) for voice in consent for text in CONSENT]
        self.scratch = scratch

    def sound(self, random, kind):
        """One disturbance, as loud as it is at the temple."""
        if kind == "speech":
            return scaled(trimmed(self.people[random.integers(len(self.people))])[: int(RATE * LONGEST)], OWN_DECIBELS)
        if kind == "coughs":
            return scaled(cough(random), OWN_DECIBELS + 4)
        if kind == "hums":
            return scaled(hum(random), OWN_DECIBELS - 4)
        if kind == "knocks":
            return scaled(knock(random), OWN_DECIBELS + random.uniform(0, 10))
        if kind == "backchannels":
            return scaled(self.words[random.integers(len(self.words))], OWN_DECIBELS - 3)
        talk = convolved(trimmed(self.people[random.integers(len(self.people))])[: 6 * RATE], self.far)
        return scaled(talk, OWN_DECIBELS - random.uniform(15, 22))

    def scene(self, kind, minute):
        """Files of a scene (what is heard beside the answer, the answer, the room for each level) and where sounds begin and end, in milliseconds."""
        random = numpy.random.default_rng([self.seed, KINDS.index(kind), minute])
        said = answer(random, self.answers, SECONDS)
        path = self.rooms[random.integers(len(self.rooms))]
        near = random.standard_normal(len(said)) * 10 ** (NOISE_DECIBELS / 20)
        spans, at = [], 3 * RATE
        while kind != "own_echo" and at < (SECONDS - 5) * RATE:
            sound = self.sound(random, kind)[: len(near) - at]
            near[at : at + len(sound)] += sound
            spans.append((at / 16, (at + len(sound)) / 16))
            at += len(sound) + int(random.uniform(2, 3) * RATE)
        files = [self.scratch / f"{kind}-{minute}-{name}" for name in ("near.raw", "answer.raw")]
        write_raw(near, files[0])
        write_raw(resample_poly(said, 3, 2), files[1])
        rooms = {}
        for echo in LEVELS:
            rooms[echo] = self.scratch / f"{kind}-{minute}-room{echo}.f32"
            loud = path * 10 ** ((OWN_DECIBELS + echo - level(convolved(said, path))) / 20)
            loud.astype("<f4").tofile(rooms[echo])
        return files, rooms, spans


def percentiles(values):
    if not values:
        return {"p50": None, "p95": None}
    return {name: round(float(numpy.percentile(values, part)), 1) for name, part in (("p50", 50), ("p95", 95))}


class Interruptions:
    """What became of those that were meant."""

    def __init__(self):
        self.silence, self.ducked = [], []
        self.asked = self.missed = self.ignored = 0

    def take(self, decisions, begin, end):
        self.asked += 1
        inside = [one for one in decisions if begin - 60 <= one[0] < end + 500]
        quiet = [one for one in inside if one[1] == "pause"]
        lower = [one for one in inside if one[1] == "duck"]
        if quiet:
            self.silence.append(max(quiet[0][2] - begin, 0))
        else:
            self.missed += 1
        if lower:
            self.ducked.append(max(lower[0][0] - begin, 0))
        self.ignored += not any(one[1] == "stop" for one in inside)

    def report(self):
        return {
            "silence_ms": percentiles(self.silence), "ducked_ms": percentiles(self.ducked), "interruptions": self.asked,
            "not_silenced": self.missed, "not_taken": self.ignored}


def play(program, files, path):
    found = subprocess.run([program, "interrupt", *files, path, str(OWN_DECIBELS)], check=True, stdout=subprocess.PIPE)
    return json.loads(found.stdout)["decisions"]


def scenes(folder, program, minutes, seed, half, scratch):
    stage = Stage(folder, scratch, seed, half)
    meant = {echo: Interruptions() for echo in LEVELS}
    report = {str(echo): {"false_stops_per_hour": {}, "pauses_per_hour": {}, "disturbances": {}} for echo in LEVELS}
    for kind in KINDS:
        count, stops, pauses = 0, dict.fromkeys(LEVELS, 0), dict.fromkeys(LEVELS, 0)
        for minute in range(minutes):
            print(f"· {half}: {kind}, minute {minute + 1} of {minutes} …", file=sys.stderr, flush=True)
            files, rooms, spans = stage.scene(kind, minute)
            count += len(spans)
            for echo in LEVELS:
                decisions = play(program, files, rooms[echo])
                stops[echo] += sum(one[1] == "stop" for one in decisions)
                pauses[echo] += sum(one[1] == "pause" for one in decisions)
                for begin, end in spans if kind == "speech" else []:
                    meant[echo].take(decisions, begin, end)
            for file in [*files, *rooms.values()]:
                file.unlink()
        for echo in LEVELS if kind != "speech" else []:
            row = report[str(echo)]
            row["false_stops_per_hour"][kind] = round(stops[echo] * 60 / minutes, 1)
            row["pauses_per_hour"][kind] = round(pauses[echo] * 60 / minutes, 1)
            row["disturbances"][kind] = count
    for echo in LEVELS:
        report[str(echo)].update(meant[echo].report())
    return report


def echo(folder, program, seconds, seed, half, scratch):
    """Decibels of echo that are taken out: in the first second, and once converged; how clean a voice over the echo comes through."""
    stage = Stage(folder, scratch, seed, half)
    random = numpy.random.default_rng(stage.seed)
    files = [scratch / name for name in ("heard.raw", "played.raw", "left.raw")]

    def power(sound):
        return 10 * numpy.log10(numpy.mean(sound**2) + 1e-12)

    def cancelled(kind, heard):
        write_raw(heard, files[0])
        subprocess.run([program, "cancel", kind, *files], check=True)
        return numpy.fromfile(files[2], "<i2") / 32768

    report = {}
    for ratio in LEVELS:
        found = {kind: [] for kind in ("ours", "speex", "speex+")}
        for path in stage.rooms:
            said = answer(random, stage.answers, seconds)
            write_raw(resample_poly(said, 3, 2), files[1])
            heard = convolved(said, path)
            heard = heard * 10 ** ((OWN_DECIBELS + ratio - level(heard)) / 20)
            noise = random.standard_normal(len(heard)) * 10 ** (NOISE_DECIBELS / 20)
            voice = scaled(answer(random, stage.people, seconds), OWN_DECIBELS)
            late, over = len(heard) * 6 // 10, len(heard) * 8 // 10
            voice[:late] = 0
            for kind, rows in found.items():
                left = cancelled(kind, heard + noise)
                size = len(left) - RATE // 10
                both = cancelled(kind, heard + noise + voice)
                wrong = (both - voice[: len(both)])[late:over]
                rows.append([
                    power(heard[:RATE]) - power(left[:RATE]), power(heard[late:size]) - power(left[late:size]),
                    power(voice[late:over]) - power(wrong)])
        for kind, rows in found.items():
            cold, converged, talk = (round(float(value), 1) for value in numpy.mean(rows, 0))
            entry = report.setdefault(str(ratio), {})
            entry[{"ours": "ours", "speex": "speexdsp", "speex+": "speexdsp_with_suppressor"}[kind]] = {
                "cold": cold, "converged": converged, "voice_to_error_db": talk}
    return report


def clips(folder, program, seed, target, scratch):
    """Copies of the human clips: as they are, through the codec, and through echo, canceller and codec."""
    random = numpy.random.default_rng(seed)
    stage = Stage(folder, scratch, seed, "held_out")
    files = [scratch / name for name in ("heard.raw", "played.raw", "left.raw", "decoded.raw")]

    def coded(sound):
        write_raw(sound, files[2])
        subprocess.run([program, "uplink", files[2], files[3]], check=True)
        return numpy.fromfile(files[3], "<i2") / 32768

    lead = 5 * RATE
    for part in ("cards", "librivox"):
        for path in sorted((CLIPS / part).glob("*.wav")):
            clip = scaled(read_wave(path), OWN_DECIBELS)
            noise = random.standard_normal(lead + len(clip)) * 10 ** (NOISE_DECIBELS / 20)
            name = f"{part}/{path.name}"
            write_wave(clip + noise[lead:], target / "plain" / name)
            write_wave(coded(clip + noise[lead:]), target / "codec" / name)
            said = answer(random, stage.answers, (lead + len(clip)) // RATE + 1)[: lead + len(clip)]
            said = numpy.pad(said, (0, lead + len(clip) - len(said)))
            write_raw(resample_poly(said, 3, 2), files[1])
            for ratio in LEVELS:
                heard = convolved(said, stage.rooms[random.integers(len(stage.rooms))])
                heard = heard * 10 ** ((OWN_DECIBELS + ratio - level(heard)) / 20) + noise
                heard[lead:] += clip
                write_raw(heard, files[0])
                subprocess.run([program, "cancel", "ours", *files[:3]], check=True)
                left = numpy.fromfile(files[2], "<i2") / 32768
                write_wave(coded(left[lead:]), target / f"cancelled{ratio}" / name)
                write_wave(coded(heard[lead:]), target / f"echo{ratio}" / name)
    for way in target.iterdir():
        for listing in ("cards/cards.transcription", "librivox/transcription"):
            shutil.copy(CLIPS / listing, way / listing)


def main():
    action, folder, program, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="sotto-voice-") as scratch:
        scratch = Path(scratch)
        if action == "clips":
            clips(Path(folder), program, int(rest[0]), Path(rest[1]), scratch)
        else:
            measure = {"scenes": scenes, "echo": echo}[action]
            print(json.dumps(measure(Path(folder), program, int(rest[0]), int(rest[1]), rest[2], scratch)))


if __name__ == "__main__":
    main()
