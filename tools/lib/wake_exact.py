"""The same numbers as the references, bit by bit: `tools/bench wake --exact`."""

import json
import os
import subprocess
import sys
from pathlib import Path

from glasses import ROOT, say
from wake_environment import CACHE, LIBRARY, clips, environment

REFERENCE = LIBRARY / "wake_reference.py"
MODELS = LIBRARY / "wake_models.py"
# Sounds that the made models hear: five minutes.
FORMS_HEAR = 5
SUMS = ["invokes", "invokes_mismatched", "detections", "detections_mismatched"]


def build():
    say("· building sotto-wake …")
    scratch = ["--scratch-path", ".build-wake"]
    variables = {**os.environ, "SOTTO_ONLY": "firmware"}
    command = ["swift", "build", "-c", "release", "--product", "sotto-wake", *scratch]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=sys.stderr)
    found = subprocess.run([*command, "--show-bin-path"], cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True)
    return Path(found.stdout.strip()) / "sotto-wake"


def measure(options, folder):
    python = environment("wake")
    program = build()
    models = Path(options.models) if options.models else CACHE / "models" / "wake"
    if options.audio:
        sounds = [raw(python, Path(path), folder) for path in options.audio]
    else:
        listing = folder / "clips"
        listing.write_text("".join(f"{path}\n" for path in clips()))
        say(f"· making {options.seconds} s of speech, music-like sound and noise …")
        subprocess.run([python, REFERENCE, "make", str(options.seconds), str(options.seed), listing, folder], check=True)
        sounds = sorted(folder.glob("*.raw"))
    report = compare(python, program, "compare", models, sounds, folder)
    if not options.models:
        say("· making models of every form that the training code knows …")
        made = folder / "made"
        made.mkdir()
        subprocess.run([python, MODELS, "make", made, str(options.seed)], check=True)
        report["forms"] = compare(python, program, "forms", made, sounds[:FORMS_HEAR], made)["models"]
    for key in SUMS:
        report[key] = sum(model[key] for model in report["models"].values())
    report["max_difference"] = max(model["max_difference"] for model in report["models"].values())
    return report


def compare(python, program, command, models, sounds, folder):
    say(f"· listening to {len(sounds)} sounds …")
    subprocess.run([program, "hear", "--models", models, "--out", folder, *sounds], check=True, stdout=sys.stderr)
    found = subprocess.run([python, REFERENCE, command, folder, models, *sounds], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(found.stdout)


def raw(python, path, folder):
    """`path`, a WAV file or raw sound, as raw sound at 16 kHz in `folder`."""
    target = folder / f"{len(list(folder.glob('*.raw'))):03}-{path.stem}.raw"
    subprocess.run([python, REFERENCE, "raw", path, target], check=True)
    return target


def table(report):
    yield f"{report['seconds'] / 60:.1f} minutes of sound"
    yield f"{'':14}{'compared':>12}{'different':>12}{'most':>8}"
    yield f"{'features':14}{report['features_compared']:>12}{report['features_mismatched']:>12}"
    for name, model in report["models"].items():
        yield f"{name:14}{model['invokes']:>12}{model['invokes_mismatched']:>12}{model['max_difference']:>8}"
    yield f"{'detections':14}{report['detections']:>12}{report['detections_mismatched']:>12}"
    yield "against the TensorFlow Lite library inside pymicro-wakeword, which rounds otherwise:"
    for name, model in report["models"].items():
        peer = model["pymicro_wakeword"]
        yield (
            f"{name:14}{model['invokes']:>12}{peer['outputs_different']:>12}{peer['max_difference']:>8}"
            f"   first detections moved: {peer['first_detections_moved']}"
        )
    if "forms" in report:
        yield "models with random weights, of every form that the training code knows:"
        for name, model in report["forms"].items():
            yield f"{name:22}{model['invokes']:>12}{model['invokes_mismatched']:>12}{model['max_difference']:>8}"


def differences(report):
    forms = report.get("forms", {}).values()
    wrong = report["features_mismatched"] + report["invokes_mismatched"] + report["detections_mismatched"]
    return wrong + sum(form["invokes_mismatched"] + form["detections_mismatched"] for form in forms)
