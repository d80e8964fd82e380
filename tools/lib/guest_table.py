"""Which capability of the glasses was tried on which rig: scenarios in virtual time, in real time and in the guest, and the lab's tests."""

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from glasses import ROOT, say
from guest_lab import played
from guest_scenarios import Result, capabilities

RIGS = ("virtual", "real time", "guest", "lab")
PLAY_SECONDS = 900
# Plays in real time mostly wait.
SIDE_BY_SIDE = 2
# What the lab's tests try beside scenarios, by the word in their names.
LAB = {
    "camera": ("camera",), "display": ("display",), "button": ("line",), "wear": ("line",), "link": ("ready",)}
NO_TEST = "none of the lab's tests or of the scenarios that it plays needs it"


def simulated(programs, files, folder, real_time=()):
    """Plays scenarios on the simulated board; those that the guest's rig finds too long for real time are left out with its reason."""
    def play(file):
        out = folder / file.stem
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        command = [programs / "sotto", "sim", *real_time, "--json", "--scenario", file, "--out", out]
        try:
            played = subprocess.run(
                [str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PLAY_SECONDS)
        except subprocess.TimeoutExpired:
            return Result(file.stem, "failed", f"the play did not end within {PLAY_SECONDS} s", out)
        if not played.stdout.strip():
            return Result(file.stem, "failed", (played.stderr.strip().splitlines() or ["it said nothing"])[-1], out)
        report = json.loads(played.stdout)
        if report.get("skipped"):
            return Result(file.stem, "skipped", report["skipped"])
        if report["passed"]:
            return Result(file.stem, "passed")
        first = report["failures"][0]
        return Result(file.stem, "failed", f"line {first['line']}: expected {first['expected']}; seen: {first['seen']}", out)

    with ThreadPoolExecutor(SIDE_BY_SIDE if real_time else 1) as pool:
        results = list(pool.map(play, files))
    for result in results:
        if result.outcome == "failed":
            say(f"  failed {result.name}: {result.reason}")
    return results


def real_time(programs, files, folder, on_guest):
    """The same two programs in real time, but for what takes longer than the guest's rig waits."""
    too_long = {result.name: result.reason for result in on_guest if result.outcome == "skipped" and "virtual time plays it" in result.reason}
    played = simulated(programs, [file for file in files if file.stem not in too_long], folder, ["--real-time"])
    return played + [Result(name, "skipped", reason) for name, reason in too_long.items()]


def cell(found, reasons):
    """`passed`, `failed` and `skipped` of one capability on one rig, with the reasons for what was skipped."""
    return {**{key: len(found[key]) for key in ("passed", "failed", "skipped")},
            "reasons": sorted({reasons[name] for name in found["skipped"]})}


def lab_cell(name, cases, needing):
    """What the lab's tests and its scenarios, of those that need the capability, came to."""
    words = LAB.get(name, ())
    of = [case for case in cases if played(case) in needing or played(case) is None and any(word in case["scenario"] for word in words)]
    if not of:
        return {"passed": 0, "failed": 0, "skipped": 1, "reasons": [NO_TEST]}
    return {**{key: sum(case["outcome"] == key for case in of) for key in ("passed", "failed", "skipped")},
            "reasons": sorted({case["reason"] for case in of if case["outcome"] == "skipped"})}


def table(files, results, cases):
    """Rows by capability, cells by rig; `results` are lists by rig, `cases` the lab's."""
    found = {rig: capabilities(files, listed) for rig, listed in results.items()}
    reasons = {rig: {result.name: result.reason for result in listed} for rig, listed in results.items()}
    return {
        name: {**{rig: cell(found[rig][name], reasons[rig]) for rig in results}, "lab": lab_cell(name, cases, set().union(*needing.values()))}
        for name, needing in next(iter(found.values())).items()}


def print_table(rows):
    """For a person: passed/failed/skipped in each cell, and the reasons below."""
    print(f"\n{'capability':16}" + "".join(f"{rig:>14}" for rig in RIGS) + "   passed/failed/skipped")
    reasons = {}
    for name, cells in rows.items():
        print(f"{name:16}" + "".join(f"{'/'.join(str(cells[rig][key]) for key in ('passed', 'failed', 'skipped')):>14}" for rig in RIGS))
        for rig in RIGS:
            for reason in cells[rig]["reasons"]:
                reasons.setdefault((rig, reason), []).append(name)
    for (rig, reason), names in reasons.items():
        print(f"  skipped, {rig}: {reason} ({', '.join(names)})")
