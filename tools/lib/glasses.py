"""A running `sottod` on the simulated board, in real time: stimuli go in on its standard input, the trace comes back."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What `sotto board check boards/sim/glasses --flat` writes; a test pins it.
FLAT_BOARD = ROOT / "Tests" / "Golden" / "sim-glasses.flat"


class GlassesError(Exception):
    """What went wrong with the process under measurement, in words for a person."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def build_normal_firmware():
    """Builds the same sources as normal Swift, and returns the program's path."""
    scratch = ROOT / ".build-bench"
    built = subprocess.run(
        ["swift", "build", "--package-path", ROOT, "-c", "release", "--product", "sottod", "--scratch-path", scratch],
        stdout=sys.stderr, env={**os.environ, "SOTTO_ONLY": "firmware"})
    if built.returncode != 0:
        raise GlassesError("sottod does not build as normal Swift")
    return scratch / "release" / "sottod"


def build_firmware():
    """Builds what ships, for this machine, and returns its path."""
    built = subprocess.run(
        [ROOT / "tools" / "firmware", "build", "--arch", "amd64", "--json"], stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise GlassesError("tools/firmware build --arch amd64 failed")
    return ROOT / json.loads(built.stdout)["binary"]


class Trace:
    """Reads the events of a trace file as they are written."""

    def __init__(self, path):
        self.path = path
        self.events = []
        self._offset = 0
        self._rest = b""

    def update(self):
        """Takes in what was written since; returns the new events."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._offset)
            written = file.read()
        self._offset += len(written)
        *lines, self._rest = (self._rest + written).split(b"\n")
        fresh = [parse_line(line) for line in lines]
        fresh = [event for event in fresh if event is not None]
        self.events += fresh
        return fresh


def parse_line(line):
    """One line of a trace, or None for its brackets."""
    text = line.strip().rstrip(b",")
    if text in (b"", b"[", b"]"):
        return None
    return json.loads(text)


class Glasses:
    """The process, its trace, and waiting for what the trace must say."""

    def __init__(self, program, folder, extra=(), board=FLAT_BOARD, launcher=()):
        """`launcher`: a program that starts the glasses, with its arguments."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.trace = Trace(self.folder / "trace.json")
        self._errors = (self.folder / "sottod.log").open("w")
        command = [
            *launcher, program, "--board", board, "--state", self.folder / "state", "--out", self.folder / "out",
            "--trace", self.trace.path, "--stimuli", "-", *extra,
        ]
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=self._errors, stderr=subprocess.STDOUT,
            start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            try:
                self.stimulus("quit")
                self.process.wait(timeout=10)
            except (GlassesError, OSError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait()
        self._errors.close()

    def stimulus(self, line):
        try:
            self.process.stdin.write((line + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise GlassesError(f"sottod ended with {self.process.wait()}; see {self.folder / 'sottod.log'}") from None

    def wait(self, what, matches, seconds, since=0):
        """The first event from index `since` on that `matches`, and the index after it."""
        ends = time.monotonic() + seconds
        place = since
        while True:
            self.trace.update()
            for place in range(place, len(self.trace.events)):
                if matches(self.trace.events[place]):
                    return self.trace.events[place], place + 1
            place = len(self.trace.events)
            if self.process.poll() is not None:
                raise GlassesError(f"sottod ended with {self.process.returncode} before {what}; see {self.folder / 'sottod.log'}")
            if time.monotonic() > ends:
                raise GlassesError(f"no {what} within {seconds} s; the trace is {self.trace.path}")
            time.sleep(0.02)


def state_begins(name):
    return lambda event: event.get("cat") == "state" and event["ph"] == "B" and event["name"] == name


def mark(name, turn=None):
    return lambda event: event["name"] == name and event["ph"] == "i" and (
        turn is None or event.get("args", {}).get("turn") == turn)


def kernel_counts(pid):
    """What the kernel counted for the process: how often its threads were put on a CPU, and their context switches."""
    scheduled = switches = voluntary = threads = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        threads += 1
        scheduled += int((task / "schedstat").read_text().split()[2])
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                voluntary += int(line.split()[1])
            if "ctxt_switches:" in line:
                switches += int(line.split()[1])
    return {"wakeups": scheduled, "context_switches": switches, "voluntary": voluntary, "threads": threads}


def armed_timers(pid):
    """Timers that the process has armed in the kernel: timerfds that count, and POSIX timers."""
    armed = 0
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        for line in info.read_text().splitlines():
            if line.startswith("it_value:") and line.split(":", 1)[1].strip() != "(0, 0)":
                armed += 1
    timers = Path(f"/proc/{pid}/timers")
    if timers.exists():
        armed += sum(line.startswith("ID:") for line in timers.read_text().splitlines())
    return armed


def memory(pid):
    """Proportional and resident memory in bytes."""
    values = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        parts = line.split()
        if parts[0] in ("Pss:", "Rss:", "Private_Dirty:"):
            values[parts[0].rstrip(":")] = int(parts[1]) * 1024
    return {"pss_bytes": values["Pss"], "rss_bytes": values["Rss"], "private_dirty_bytes": values["Private_Dirty"]}


def processor_time(pid):
    """CPU seconds used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
