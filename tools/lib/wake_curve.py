"""What the labelled set says of a recogniser: false rejects against false accepts over the cutoff; runs in the environment of `tools/bench wake --det`.

wake_curve.py SET SCORES MODELS PICTURE    prints a JSON object and draws the curves. SET is the folder of wake_set.py; SCORES holds what `sotto-wake hear` and
                                           wake_peers.py left of its sounds.
"""

import json
import sys
from pathlib import Path

import numpy

from wake_reference import RATE

WINDOW = 5  # outputs that the mean is of
RUN = 480  # samples that each run of a network moves on by
FIRST = 800  # samples that have been heard when the first run ends: three frames, the first of which needs 480
AFTER_SECONDS = 0.5  # a word may be recognised so long after its end
APART_SECONDS = 1  # what is heard within this time of a false accept is the same one
CUTOFFS = numpy.concatenate([numpy.arange(0.02, 0.98, 0.02), numpy.arange(0.98, 0.997, 0.002)])


def means(path):
    """Samples and scores of each run, of outputs one after another."""
    outputs = numpy.fromfile(path, "u1").astype(float) / 256
    sums = numpy.convolve(outputs, numpy.ones(WINDOW) / WINDOW)[: len(outputs)]
    sums[: WINDOW - 1] = 0
    return FIRST + RUN * numpy.arange(len(outputs)), sums


def gated(path):
    table = numpy.loadtxt(path, ndmin=2)
    return (table[:, 0], table[:, 1] / 10_000) if table.size else (numpy.zeros(0), numpy.zeros(0))


SUBJECTS = {"sotto": gated, "sotto_without_gate": means, "pymicro_wakeword": means}
SUFFIXES = {"sotto": "gated", "sotto_without_gate": "outputs", "pymicro_wakeword": "peer"}


def best(scored, label):
    """The highest score that the word at `label` has, and when the cutoff was first passed after its begin."""
    places, scores = scored
    near = (places >= label["begin"]) & (places <= label["end"] + AFTER_SECONDS * RATE)
    return scores[near].max(initial=0)


def accepts(scored, cutoff):
    """How often something is heard where the word is not."""
    places, scores = scored
    hits = places[scores > cutoff]
    return int(len(hits) > 0) + int((numpy.diff(hits) > APART_SECONDS * RATE).sum())


def curve(word, sounds, folder, subject):
    def scored(sound):
        return SUBJECTS[subject](folder / f"{sound['name']}.{word}.{SUFFIXES[subject]}")

    others = [sound for sound in sounds if sound["kind"] != word]
    own = next(sound for sound in sounds if sound["kind"] == word)
    found = scored(own)
    highest = numpy.array([best(found, label) for label in own["labels"]])
    hours = sum(sound["seconds"] for sound in others) / 3600
    heard = [(sound["kind"], scored(sound)) for sound in others]
    rejects = numpy.array([(highest <= cutoff).mean() for cutoff in CUTOFFS])
    wrong = numpy.array([sum(accepts(scores, cutoff) for _, scores in heard) for cutoff in CUTOFFS])
    return {"rejects": rejects, "accepts": wrong / hours, "highest": highest, "heard": heard, "hours": hours}


def at(cutoff, curve, labels):
    """Both errors at one cutoff, and where the missed words were."""
    missed = curve["highest"] <= cutoff
    kinds = {}
    for kind, scores in curve["heard"]:
        name = kind if " " in kind or kind == "noise" else "other wake words"
        kinds[name] = kinds.get(name, 0) + accepts(scores, cutoff)
    conditions = {}
    for key in ("decibels", "reverberation", "noise"):
        conditions[key] = {}
        for value in sorted({label[key] for label in labels}, key=str):
            chosen = numpy.array([label[key] == value for label in labels])
            conditions[key][str(value)] = round(float(missed[chosen].mean()), 4)
    return {
        "false_rejects": round(float(missed.mean()), 4), "false_accepts_per_hour": round(sum(kinds.values()) / curve["hours"], 3),
        "false_accepts": kinds, "false_rejects_by": conditions}


def main(set_folder, folder, models, picture):
    sounds, folder = json.loads((Path(set_folder) / "set.json").read_text()), Path(folder)
    report, drawn = {"words": {}}, {}
    for sound in sounds:
        if sound["labels"]:
            word = sound["kind"]
            cutoff = json.loads((Path(models) / f"{word}.json").read_text())["micro"]["probability_cutoff"]
            curves = {subject: curve(word, sounds, folder, subject) for subject in SUBJECTS}
            drawn[word] = (cutoff, curves)
            reference = curves["pymicro_wakeword"]
            result = {"utterances": len(sound["labels"]), "cutoff": cutoff, "hours_of_other_sound": round(reference["hours"], 3)}
            for subject, found in curves.items():
                result[subject] = at(cutoff, found, sound["labels"])
                if subject != "pymicro_wakeword":
                    result[subject]["largest_difference"] = {
                        "false_rejects": round(float(numpy.abs(found["rejects"] - reference["rejects"]).max()), 4),
                        "false_accepts_per_hour": round(float(numpy.abs(found["accepts"] - reference["accepts"]).max()), 3)}
            result["curve"] = [
                {"cutoff": round(float(cutoff), 3), **{subject: [round(float(found["rejects"][index]), 4), round(float(found["accepts"][index]), 3)]
                                                       for subject, found in curves.items()}}
                for index, cutoff in enumerate(CUTOFFS)]
            report["words"][word] = result
    report["hours"] = round(sum(sound["seconds"] for sound in sounds) / 3600, 3)
    report["hours_by_kind"] = {}
    for sound in sounds:
        kind = "wake words" if sound["labels"] else sound["kind"]
        report["hours_by_kind"][kind] = round(report["hours_by_kind"].get(kind, 0) + sound["seconds"] / 3600, 3)
    draw(drawn, picture)
    print(json.dumps(report))


def draw(drawn, picture):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    styles = {"pymicro_wakeword": ("0.6", "-", 4), "sotto_without_gate": ("tab:blue", "-", 1.4), "sotto": ("tab:red", "--", 1.4)}
    figure, fields = pyplot.subplots(2, 2, figsize=(10, 8), constrained_layout=True)
    for field, (word, (cutoff, curves)) in zip(fields.flat, drawn.items()):
        for subject in ("pymicro_wakeword", "sotto_without_gate", "sotto"):
            colour, line, width = styles[subject]
            found = curves[subject]
            field.plot(found["accepts"], 100 * found["rejects"], color=colour, linestyle=line, linewidth=width, label=subject.replace("_", " "))
            nearest = int(numpy.abs(CUTOFFS - cutoff).argmin())
            field.plot(found["accepts"][nearest], 100 * found["rejects"][nearest], "o", color=colour, markersize=4 + width)
        field.set_xscale("symlog", linthresh=1)
        field.set_xlim(left=0)
        field.set_ylim(0, 100)
        field.set_title(f"{word}, dots: cutoff {cutoff}")
        field.set_xlabel("false accepts in an hour")
        field.set_ylabel("false rejects, %")
        field.grid(alpha=0.3)
    fields.flat[0].legend()
    figure.savefig(picture, dpi=80)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
