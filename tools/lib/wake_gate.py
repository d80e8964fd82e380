"""What the level gate saves, and what it costs; and how long after its end a word is recognised. Runs in the Python environment of `tools/bench wake --det`.

wake_gate.py mix SEED SPOKEN FOLDER    SPOKEN is a folder of wake_voices.py. Leaves in FOLDER raw sounds, one for each background, and gate.json: where
                                       words begin and end in them, and whether somebody goes on speaking; in FOLDER/onsets each word of the quiet room as
                                       a microphone hears it that is switched on so many milliseconds after the word has begun
wake_gate.py judge FOLDER LISTING ONSETS   what `sotto-wake hear` printed of both; prints a JSON object
"""

import json
import sys
from pathlib import Path

import numpy

from wake_reference import RATE, clip
from wake_sound import pink, scaled, trimmed

# Decibels below full scale: a quiet room, an office, a street; a quiet room where an engine of -45 runs every other half minute; and people who talk at
# the next table.
BACKGROUNDS = {"quiet": -65, "office": -50, "street": -38, "engine": -65, "babble": -40}
ENGINE_DECIBELS, ENGINE_SECONDS = -45, 30
SPEECH_DECIBELS = (-32, -20)
PAUSE_SECONDS = (3, 7)  # between one word, with what follows it, and the next
IDLE_SECONDS = 120  # of background alone, at the beginning
# A microphone that hardware switches on hears a word from so long after its begin on, and until a second after its end.
ONSET_MILLISECONDS = (0, 25, 50, 75, 100, 150, 200)
BREATH_SECONDS = (0.0, 0.08)  # between a word and a question in the same breath
# A detection belongs to the word that ended so long before it, or will end so long after it.
LATEST_SECONDS, EARLIEST_SECONDS = 1.0, 0.5


def mix(seed, spoken, folder):
    random = numpy.random.default_rng(seed)
    files = sorted(Path(spoken).glob("*.wav"))
    others = [scaled(trimmed(clip(path) / 32768), -26) for path in files if path.name.startswith("other-")]
    words = [path for path in files if not path.name.startswith("other-")]
    sounds = []
    for name, decibels in BACKGROUNDS.items():
        parts, labels, position = [numpy.zeros(IDLE_SECONDS * RATE)], [], IDLE_SECONDS * RATE
        for index in random.permutation(len(words)):
            word = trimmed(clip(words[index]) / 32768)
            level = random.uniform(*SPEECH_DECIBELS)
            pause = numpy.zeros(int(random.uniform(*PAUSE_SECONDS) * RATE))
            said = [pause, scaled(word, level)]
            goes_on = bool(random.random() < 0.5)
            if goes_on:
                other = others[random.integers(len(others))]
                said += [numpy.zeros(int(random.uniform(*BREATH_SECONDS) * RATE)), scaled(other, level)]
            begin = position + len(pause)
            labels.append({"word": words[index].name.split("-")[0], "begin": begin, "end": begin + len(word), "goes_on": goes_on})
            parts += said
            position += sum(len(part) for part in said)
        sound = numpy.concatenate([*parts, numpy.zeros(RATE)])
        sound += background(random, name, len(sound), decibels, others)
        sound = (sound * 32767).round().clip(-32768, 32767).astype("<i2")
        sound.tofile(Path(folder) / f"{name}.raw")
        if name == "quiet":
            cut(sound, labels, Path(folder) / "onsets")
        sounds.append({"name": name, "seconds": len(sound) / RATE, "labels": labels})
    (Path(folder) / "gate.json").write_text(json.dumps(sounds))


def cut(sound, labels, folder):
    folder.mkdir()
    for number, label in enumerate(labels):
        for late in ONSET_MILLISECONDS:
            begin = label["begin"] + late * RATE // 1000
            sound[begin : label["end"] + int(LATEST_SECONDS * RATE)].tofile(folder / f"{number}-{late}.raw")


def background(random, name, count, decibels, others):
    noise = pink(random, count, decibels)
    if name == "engine":
        runs = numpy.arange(count) // (ENGINE_SECONDS * RATE) % 2 == 1
        return noise + pink(random, count, ENGINE_DECIBELS) * runs
    if name != "babble":
        return noise
    for _ in range(6):
        talk, length = [], 0
        while length < count:
            talk.append(others[random.integers(len(others))])
            length += len(talk[-1])
        noise = noise + scaled(numpy.concatenate(talk)[:count], decibels - 8)
    return noise


def detections(listing):
    """What was detected in each sound, with the gate and without; and which share of it the networks heard."""
    found, heard = {}, {}
    for line in Path(listing).read_text().splitlines():
        name, mode, *rest = line.split()
        if rest[0] == "heard":
            heard[name, mode] = int(rest[1]) / int(rest[3])
        else:
            found.setdefault((name, mode), []).append((rest[0], int(rest[1])))
    return found, heard


def judge(folder, listing, onsets):
    found, heard = detections(listing)
    report, delays = {"sounds": []}, {True: [], False: []}
    for sound in json.loads((Path(folder) / "gate.json").read_text()):
        counts = {}
        for mode in ("gated", "open"):
            times = [detection(label, found.get((sound["name"], mode), [])) for label in sound["labels"]]
            counts[mode] = times
        lost = sum(gated is None and open_ is not None for gated, open_ in zip(counts["gated"], counts["open"]))
        won = sum(gated is not None and open_ is None for gated, open_ in zip(counts["gated"], counts["open"]))
        for label, time in zip(sound["labels"], counts["gated"]):
            if time is not None:
                delays[label["goes_on"]].append((time - label["end"]) / RATE * 1000)
        report["sounds"].append({
            "name": sound["name"], "seconds": round(sound["seconds"], 1), "words": len(sound["labels"]),
            "detections_gated": sum(time is not None for time in counts["gated"]),
            "detections_open": sum(time is not None for time in counts["open"]), "lost": lost, "won": won,
            "heard_share": heard[sound["name"], "gated"],
        })  # fmt: skip
    report["lost"] = sum(sound["lost"] for sound in report["sounds"])
    report["won"] = sum(sound["won"] for sound in report["sounds"])
    report["microphone_late_ms"] = late(folder, onsets)
    report["delay_ms"] = {("goes_on" if goes_on else "alone"): spread(values) for goes_on, values in delays.items()}
    print(json.dumps(report))


def late(folder, onsets):
    """Words detected of those in the quiet room, by how late the microphone was."""
    found, _ = detections(onsets)
    labels = next(sound for sound in json.loads((Path(folder) / "gate.json").read_text()) if sound["name"] == "quiet")["labels"]
    return {
        str(milliseconds): sum(
            any(word == label["word"] for word, _ in found.get((f"{number}-{milliseconds}", "gated"), []))
            for number, label in enumerate(labels))
        for milliseconds in ONSET_MILLISECONDS}


def detection(label, found):
    times = [time for word, time in found if word == label["word"]]
    near = [time for time in times if -EARLIEST_SECONDS * RATE <= time - label["end"] <= LATEST_SECONDS * RATE]
    return min(near) if near else None


def spread(values):
    if not values:
        return {"count": 0}
    points = {f"p{share}": round(float(numpy.percentile(values, share)), 1) for share in (1, 5, 25, 50, 75, 95, 99)}
    return {"count": len(values), **points}


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "mix":
        mix(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    elif len(sys.argv) == 5 and sys.argv[1] == "judge":
        judge(*sys.argv[2:])
    else:
        raise SystemExit(__doc__)
