"""Scenarios played on the firmware in the guest: boots it, lets `sotto hil` play each, and keeps what a failure leaves."""

import json
import math
import re
import shutil
import subprocess
import time
from pathlib import Path

from glasses import ROOT, say
from guest import Guest, GuestError, state_disk
from guest_start import boot_steps, ready_steps, time_to_ready

SCENARIOS = ROOT / "Tests" / "Scenarios"
BOARD = "qemu/virt-arm64"
REACH = "10.0.2.2"  # this machine, in QEMU's user network
# What continuous integration plays: each part of the glasses once, in a few minutes.
CORE = ("button-query", "look-and-read", "indicator-stuck", "take-off", "host-gone")
# Pictures of the display in the guest, one for a scenario whose card is always the same. Font renderers differ in the grey of edges.
GOLDEN = ROOT / "Tests" / "Golden" / "guest"
FUZZ = "20%"
DIFFERENT_PIXELS = 640 * 480 // 500
PLAY_SECONDS = 900
# What a line of a scenario needs of the glasses, for the table of capabilities.
CAPABILITIES = {
    "button": r"\b(?:press|hold):", "motion": r"\b(?:tap|tilt):", "wear": r"\bwear:", "microphone": r"\bsay:", "speaker": r"\bspoken\b", "camera": r"\bpicture_taken\b",
    "display": r"\bcard\b", "indicator": r"\b(?:capture|microphone_open|picture_taken)\b", "indicator-sense": r"\bindicator:",
    "battery": r"\b(?:battery|charging):", "link": r"\blink (?:up|down)\b", "console": r"\btype:",
}


class Result:
    """What came of one scenario: `passed`, `failed` or `skipped`, with the reason."""

    def __init__(self, name, outcome, reason="", folder=None):
        self.name = name
        self.outcome = outcome
        self.reason = reason
        self.folder = folder


def build_programs(programs=None):
    """Builds what the rig runs on this machine, unless it is given; returns its folder."""
    for product in ("sotto", "sotto-host") if programs is None else ():
        say(f"· building {product} …")
        log = ROOT / ".build" / f"hil-{product}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("w") as file:
            if subprocess.run(["swift", "build", "--product", product], cwd=ROOT, stdout=file, stderr=file).returncode != 0:
                raise GuestError(f"building {product} failed; see {log.relative_to(ROOT)}")
    return programs or ROOT / ".build" / "debug"


def build_firmware(firmware=None, release=None):
    """Builds what runs in the guest of a Debian release, unless it is given; returns the path of sottod, beside which sotto-drivers lies."""
    if firmware is None:
        of_release = ["--release", release] if release else []
        built = subprocess.run(
            [ROOT / "tools" / "firmware", "build", "--arch", "arm64", *of_release, "--json"], stdout=subprocess.PIPE, text=True)
        if built.returncode != 0:
            raise GuestError("tools/firmware build --arch arm64 failed")
        firmware = ROOT / json.loads(built.stdout)["binary"]
    return Path(firmware)


def write_flat_board(programs, path):
    """The guest's board file as the firmware reads it."""
    made = subprocess.run(
        [programs / "sotto", "board", "check", ROOT / "boards" / BOARD, "--flat", path], capture_output=True, text=True)
    if made.returncode != 0:
        raise GuestError(f"sotto board check {BOARD} failed: {made.stderr.strip()}")


def named(words):
    """The files of scenarios that are named by path or by name."""
    files = []
    for word in words:
        path = Path(word) if word.endswith(".yaml") else SCENARIOS / f"{word}.yaml"
        if not path.exists():
            raise GuestError(f"there is no scenario {path}")
        files.append(path)
    return files


def compare_display(name, out):
    """What is wrong with the screenshots of a scenario that has a golden picture; "" when one of them shows it, or none is asked for."""
    golden = GOLDEN / f"{name}.png"
    if not golden.exists():
        return ""
    different = []
    for shot in sorted(out.glob("display-*.png")):
        compared = subprocess.run(
            ["/usr/bin/compare", "-metric", "AE", "-fuzz", FUZZ, golden, shot, "null:"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        different.append(float(compared.stderr.split()[0]) if compared.returncode < 2 else math.inf)
    if min(different, default=math.inf) <= DIFFERENT_PIXELS:
        return ""
    return f"no screenshot shows {golden.relative_to(ROOT)}: the nearest differs in {min(different, default=math.inf):.0f} pixels"


class Rig:
    """Scenarios in one guest after the other: a fresh one is booted after each failure."""

    def __init__(self, boot, programs, firmware, folder):
        self.boot_milliseconds = None
        self.ready_milliseconds = None
        self.boot_steps = {}
        self.ready_steps = {}
        self._boot = boot
        self._programs = programs
        self._firmware = firmware
        self._folder = Path(folder)
        self._guest = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end_guest()

    def _new_guest(self):
        folder = self._folder / "guest"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        state_disk(folder / "state.ext4")
        return Guest(self._boot, folder, state=folder / "state.ext4").__enter__()

    def _start_guest(self):
        guest = self._guest = self._new_guest()
        shutil.copy2(self._firmware, guest.share / "sottod")
        if self.boot_milliseconds is None:
            self.boot_milliseconds = guest.boot_milliseconds
            self.boot_steps = boot_steps(guest)
            write_flat_board(self._programs, guest.share / "board.flat")
            self.ready_milliseconds = time_to_ready(guest)
            self.ready_steps = ready_steps(guest)
            say(f"· the guest was up after {self.boot_milliseconds} ms of its own time, the firmware ready after {self.ready_milliseconds} ms")

    def _end_guest(self):
        if self._guest is not None:
            self._guest.__exit__()
            self._guest = None

    def play(self, file):
        """Plays one scenario and says what came of it."""
        if self._guest is None:
            self._start_guest()
        out = self._folder / file.stem
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        say(f"· {file.stem} …")
        try:
            result = self._play(file, out)
        except GuestError as error:
            result = Result(file.stem, "failed", str(error), out)
        if result.outcome == "failed":
            self._keep_evidence(out)
            self._end_guest()
        elif result.outcome == "passed":
            self._guest.send("rest")
        say(f"  {result.outcome}{': ' if result.reason else ''}{result.reason}")
        return result

    def _play(self, file, out):
        descriptor = self._guest.rig_socket.fileno()
        # The player expects a channel that blocks.
        self._guest.rig_socket.setblocking(True)
        command = [
            self._programs / "sotto", "hil", "--scenario", file, "--agent", descriptor, "--share", self._guest.share, "--reach", REACH,
            "--board", BOARD, "--out", out, "--boards", ROOT / "boards", "--programs", self._programs, "--json",
        ]
        with (out / "play.log").open("w") as log:
            player = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                pass_fds=[descriptor])
            try:
                self._follow(player, out)
                output, _ = player.communicate(timeout=10)
            finally:
                if player.poll() is None:
                    player.kill()
                    player.wait()
        if not output.strip():
            last = (out / "play.log").read_text().strip().splitlines()[-1:]
            return Result(file.stem, "failed", last[0] if last else f"sotto hil ended with {player.returncode}", out)
        report = json.loads(output)
        if report.get("skipped"):
            return Result(file.stem, "skipped", report["skipped"])
        if report["passed"]:
            objection = compare_display(file.stem, out)
            return Result(file.stem, "failed" if objection else "passed", objection, out)
        first = report["failures"][0]
        return Result(
            file.stem, "failed", f"line {first['line']}, {first['seconds']:.1f} s: expected {first['expected']}; seen: {first['seen']}", out)

    def _follow(self, player, out):
        """Waits for the end of the play; takes a screenshot of each card as it comes."""
        ends = time.monotonic() + PLAY_SECONDS
        trace, offset, shots = out / "glasses.trace.json", 0, 0
        while player.poll() is None:
            if time.monotonic() > ends:
                raise GuestError(f"the play did not end within {PLAY_SECONDS} s")
            time.sleep(0.2)
            written = trace.read_bytes()[offset:] if trace.exists() else b""
            whole = written.rfind(b"\n") + 1
            offset += whole
            if b'"name":"card"' in written[:whole]:
                shots += 1
                # The card is painted and flipped within the next two looks.
                time.sleep(0.4)
                self._guest.screenshot(out / f"display-{shots}.png")

    def _keep_evidence(self, out):
        try:
            self._guest.screenshot(out / "at-the-end.png")
            (out / "guest.txt").write_text(self._guest.text("uptime; ps -eLo pid,tid,stat,wchan:24,time,args; free -m; dmesg | tail -n 50"))
        except GuestError as error:
            (out / "guest.txt").write_text(f"{error}\n")
        for name in ("serial.log", "qemu.log"):
            source = self._guest.folder / name
            if source.exists():
                shutil.copy2(source, out / name)


def capabilities(files, results):
    """For each capability the scenarios that need it, by what came of them."""
    table = {}
    outcome = {result.name: result for result in results}
    for name, pattern in CAPABILITIES.items():
        needing = [file.stem for file in files if re.search(pattern, file.read_text())]
        table[name] = {
            "passed": [stem for stem in needing if outcome[stem].outcome == "passed"],
            "failed": [stem for stem in needing if outcome[stem].outcome == "failed"],
            "skipped": [stem for stem in needing if outcome[stem].outcome == "skipped"],
        }
    return table
