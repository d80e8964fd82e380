"""Sotto and its peers hear the same sound in real time, side by side: `tools/bench wake` without --exact and --det."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path

from glasses import GlassesError, build_firmware, say
from wake_environment import CACHE, LIBRARY, clips, environment, shared_libraries
from wake_subjects import WORD, Alone, Direct, Satellite, Sotto, clock, feed

LARGEST_SECONDS = 600  # of each kind: the simulated board takes sound files of half an hour at most
LATEST_SECONDS = 1.5  # a detection later than this after the end of a word is none of it
COUNTED_SECONDS = 15  # of each kind, under callgrind
SETTLING_SECONDS = 14  # before them, under callgrind


def measure(options, folder):
    """The whole report."""
    firmware = options.firmware or build_firmware()
    python = environment("wake")
    satellite_python = options.satellite or environment("wake_satellite")
    session = make_session(options, python, folder)
    direct = compile_direct(python, folder)
    manifest = CACHE / "models" / "wake" / f"{WORD}.json"
    subjects = []
    try:
        say("· starting the subjects …")
        subjects.append(Sotto(firmware, CACHE / "models" / "wake", folder / "sotto"))
        subjects.append(Satellite(satellite_python, manifest, folder / "satellite", options.service))
        subjects.append(Alone(python, manifest))
        subjects.append(Direct(direct))
        report = listen(subjects, session, folder)
    finally:
        for subject in subjects:
            subject.stop()
    report["firmware"] = str(options.firmware) if options.firmware else "Embedded Swift, release, amd64"
    if not options.no_instructions:
        count_instructions(report, session, firmware, direct, folder)
    report["ratios"] = ratios(report)
    if "speech" in report:
        report["speech"]["ratios"] = ratios(report["speech"])
    return report


def make_session(options, python, folder):
    maker = [python, LIBRARY / "wake_sound.py"]
    if options.audio:
        subprocess.run([*maker, "given", options.audio[0], str(options.seconds), folder], check=True)
    else:
        spoken = speak_words(folder)
        lists = {"clips": clips(), "words": spoken}
        for name, files in lists.items():
            (folder / name).write_text("".join(f"{path}\n" for path in files))
        subprocess.run(
            [*maker, "session", str(options.seconds), str(options.seed), folder / "clips", folder / "words", folder], check=True)
    session = json.loads((folder / "session.json").read_text())
    session["path"] = folder / "session.wav"
    with wave.open(str(session["path"])) as file:
        session["samples"] = file.readframes(file.getnframes())
    return session


def speak_words(folder):
    """The word by several voices at several speeds."""
    made = []
    for voice in ("awb", "kal16", "rms", "slt"):
        for stretch in (0.9, 1, 1.1, 1.2, 1.3):
            path = folder / f"word-{voice}-{stretch}.wav"
            subprocess.run(
                ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", "okay nabu", "-o", path], check=True)
            made.append(path)
    return made


def compile_direct(python, folder):
    """The command of the program that calls the C libraries, but for its last argument."""
    features, tflite = shared_libraries(python)
    undefined = subprocess.run(["nm", "-D", "--undefined-only", features], check=True, stdout=subprocess.PIPE, text=True).stdout
    bodies = folder / "interpreter.c"
    bodies.write_text("".join(f"char {name}[64];\n" for name in re.findall(r" (_?Py\w+)", undefined)))
    program = folder / "tflite_wake"
    subprocess.run(["cc", "-O2", "-rdynamic", "-o", program, LIBRARY / "tflite_wake.c", bodies, "-ldl", "-lm"], check=True)
    description = json.loads((CACHE / "models" / "wake" / f"{WORD}.json").read_text())
    model = CACHE / "models" / "wake" / description["model"]
    return [program, features, tflite, model, str(description["micro"]["probability_cutoff"])]


# MARK: side by side


def listen(subjects, session, folder):
    sotto = subjects[0]
    sotto.arm()
    stop = threading.Event()
    # Its memory before the board is given the sound, which no real microphone holds; by then the networks have run.
    time.sleep(3)
    memories = {"sotto": sotto.memory()}
    began = clock()
    sotto.play(session["path"])
    feeders = [
        threading.Thread(target=feed, args=[subject, session["samples"], began, stop], daemon=True)
        for subject in subjects if subject.feed_seconds]
    for feeder in feeders:
        feeder.start()
    report = {"load": os.getloadavg()[0], "processors": os.cpu_count(), "feed_ms": {}}
    for subject in subjects:
        report["feed_ms"][subject.name] = None if subject.feed_seconds is None else subject.feed_seconds * 1000
    try:
        for part in session["parts"]:
            if part["name"] == "words":
                say(f"· the word, {len(session['words'])} times …")
                sleep_until(began, part["end"])
                continue
            sleep_until(began, part["begin"])
            if part["name"] == "settling":
                continue
            for subject in subjects[1:]:
                memories.setdefault(subject.name, subject.memory())
            kinds = report if part["name"] in ("quiet", "given") else report.setdefault(part["name"], {})
            kinds["sound"] = DESCRIPTIONS[part["name"]]
            say(f"· {kinds['sound']}: {(part['end'] - part['begin']) / 16_000:.0f} s …")
            kinds.update(count(subjects, memories, began, part["end"]))
        sotto.collect()
    finally:
        stop.set()
    if session["words"]:
        report["latency_ms"] = latencies(subjects, session, began)
    report["seconds"] = report["sotto"]["seconds"]
    report["load_after"] = os.getloadavg()[0]
    return report


DESCRIPTIONS = {
    "quiet": "a quiet room: pink noise of -50 dBFS",
    "speech": "speech without the word",
    "given": "the sound that was given",
}


def sleep_until(began, sample):
    time.sleep(max(0, (began + sample * 62_500 - clock()) / 1e9))


def count(subjects, memories, began, end):
    before, at = [subject.counts() for subject in subjects], [clock() for _ in subjects]
    sleep_until(began, end)
    counted = {}
    for subject, first, since in zip(subjects, before, at):
        subject.check()
        last, seconds = subject.counts(), (clock() - since) / 1e9
        counted[subject.name] = {
            "cpu_percent": round(100 * (last["cpu"] - first["cpu"]) / seconds, 4),
            "wakeups_per_second": round((last["voluntary"] - first["voluntary"]) / seconds, 2),
            **memories[subject.name],
            "threads": last["threads"],
            "seconds": round(seconds, 2),
        }
    return counted


def latencies(subjects, session, began):
    """From the last sample of each word to the detection, in wall time and, where the subject tells it, in sound that it had to hear."""
    result = {"words": len(session["words"])}
    for subject in subjects:
        wall, audio = [], []
        for end in session["words"]:
            ended = began + end * 62_500
            found = [when for when in subject.detections if -1e9 < when - ended < LATEST_SECONDS * 1e9]
            if found:
                wall.append((found[0] - ended) / 1e6)
        if subject.name == "sotto":
            heard = [(at, began) for at in subject.heard_at]
        else:
            heard = [(began + samples * 62_500, began) for samples in subject.heard]
        for end in session["words"]:
            ended = began + end * 62_500
            found = [at for at, _ in heard if -1e9 < at - ended < LATEST_SECONDS * 1e9]
            if found:
                audio.append((found[0] - ended) / 1e6)
        result[subject.name] = {"detected": len(wall), "wall": spread(wall), **({"audio": spread(audio)} if audio else {})}
    return result


def spread(values):
    """Median and 95th percentile, by linear interpolation between ranks."""
    if len(values) < 2:
        return {"p50": round(values[0], 1), "p95": round(values[0], 1)} if values else None
    ranks = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50": round(ranks[9], 1), "p95": round(ranks[18], 1)}


def ratios(counted):
    sotto, satellite = counted["sotto"], counted["satellite"]

    def of(key, other):
        return round(sotto[key] / counted[other][key], 4) if counted[other][key] else None

    result = {f"{name}_to_satellite": of(key, "satellite") for name, key in
              (("cpu", "cpu_percent"), ("memory", "pss_bytes"), ("wakeups", "wakeups_per_second"))}
    result["cpu_to_pymicro_wakeword"] = of("cpu_percent", "pymicro_wakeword")
    result["cpu_to_tflite_c"] = of("cpu_percent", "tflite_c")
    if "instructions_per_second_of_audio" in sotto:
        result["instructions_to_tflite_c"] = of("instructions_per_second_of_audio", "tflite_c")
    return result


# MARK: instructions


def count_instructions(report, session, firmware, direct, folder):
    """Instructions that a second of sound takes, as callgrind counts them: of the whole firmware while it is armed, and of the C libraries."""
    if not shutil.which("valgrind"):
        say("· valgrind is not installed: no instructions are counted (apt-get install valgrind)")
        return
    for part in session["parts"]:
        if part["name"] not in DESCRIPTIONS:
            continue
        counted = report if part["name"] in ("quiet", "given") else report[part["name"]]
        say(f"· counting instructions, {counted['sound']} …")
        begin = part["begin"]
        end = min(part["end"], begin + COUNTED_SECONDS * 16_000)
        before = begin - max(begin - SETTLING_SECONDS * 16_000, 0)
        sound = session["samples"][2 * (begin - before) : 2 * end]
        target = folder / f"{part['name']}.callgrind"
        counted["tflite_c"]["instructions_per_second_of_audio"] = round(
            direct_instructions(direct, sound[2 * before :], target) / ((end - begin) / 16_000))
        counted["sotto"]["instructions_per_second_of_audio"] = round(
            sotto_instructions(firmware, sound, before / 16_000, target, folder / f"{part['name']}-counted"))


def direct_instructions(direct, sound, target):
    subprocess.run(
        ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={target}", "--toggle-collect=hear", *direct, str(1600)],
        input=sound, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return total(target)


def sotto_instructions(firmware, sound, before, target, folder):
    """The firmware under callgrind, in real time: it is fast enough by far. The first `before` seconds are not counted."""
    path = folder.with_suffix(".wav")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(sound)
    target = target.with_suffix(".sotto")
    # Counted from the start to the dump and then to another, because switching callgrind off and on loses what it knows of the program.
    launcher = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={target}"]
    sotto = Sotto(firmware, CACHE / "models" / "wake", folder, launcher)
    try:
        sotto.arm(120)
        sotto.play(path)
        time.sleep(max(before, 2))
        pid = sotto.pids()[0]
        control(pid, "--dump")
        began = clock()
        time.sleep(len(sound) / 32_000 - max(before, 2) - 2)
        seconds = (clock() - began) / 1e9
        control(pid, "--dump")
    finally:
        sotto.stop()
    return total(target.with_name(target.name + ".2")) / seconds


def control(pid, order):
    subprocess.run(["callgrind_control", order, str(pid)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def total(target):
    for line in target.read_text().splitlines():
        if line.startswith(("summary:", "totals:")):
            return int(line.split()[1])
    raise GlassesError(f"callgrind left no sum in {target}")


# MARK: for people


def table(report):
    yield f"{report['seconds']:.0f} s of each kind of sound, {report['processors']} processors, load {report['load']:.1f} before"
    yield f"sottod: {report['firmware']}"
    for counted in (report, *([report["speech"]] if "speech" in report else [])):
        yield ""
        yield counted["sound"]
        yield f"{'':18}{'CPU %':>9}{'wakeups/s':>11}{'memory MB':>11}{'threads':>9}{'instructions/s of sound':>26}"
        for name in NAMES:
            row = counted[name]
            instructions = row.get("instructions_per_second_of_audio")
            yield (f"{name:18}{row['cpu_percent']:9.3f}{row['wakeups_per_second']:11.1f}{row['pss_bytes'] / 1e6:11.2f}{row['threads']:9}"
                   f"{f'{instructions:,}' if instructions else '':>26}")
        for name, value in counted["ratios"].items():
            yield f"  {name.replace('_', ' '):34}{'-' if value is None or value == 0 else f'1/{1 / value:.1f}'}"
    if "latency_ms" in report:
        yield ""
        yield f"from the last sample of the word to the detection, ms, {report['latency_ms']['words']} words"
        yield f"{'':18}{'detected':>9}{'wall p50':>11}{'p95':>7}{'audio p50':>12}{'p95':>7}"
        for name in NAMES:
            row = report["latency_ms"][name]
            cells = f"{name:18}{row['detected']:9}"
            for kind, width in (("wall", 11), ("audio", 12)):
                value = row.get(kind) or {"p50": "-", "p95": "-"}
                cells += f"{value['p50']:>{width}}{value['p95']:>7}"
            yield cells


NAMES = ("sotto", "satellite", "pymicro_wakeword", "tflite_c")
