"""A running `sotto-host`: built, paired with a `Glasses` by a program that compares the digits, and served from."""

import json
import queue
import socket
import subprocess
import threading
import time
from pathlib import Path

from glasses import ROOT, GlassesError, mark, say, state_begins

HOLD_MILLISECONDS = 3500  # the simulated glasses take 3 s for a hold
FINGER_GAP_SECONDS = 0.3  # a finger comes up before it goes down again
PAIRING_SECONDS = 20  # for each step
MODELS_SECONDS = 60  # to load the speech models on a busy machine


def build_host():
    """Builds the host in release mode and returns its path."""
    log = ROOT / ".build" / "host-build.log"
    log.parent.mkdir(exist_ok=True)
    say("· building sotto-host, release (about ten minutes the first time) …")
    with log.open("w") as file:
        built = subprocess.run(
            ["swift", "build", "-c", "release", "--product", "sotto-host", "--disable-index-store"],
            cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    if built.returncode != 0:
        raise GlassesError(f"building sotto-host failed; see {log.relative_to(ROOT)}")
    return ROOT / ".build" / "release" / "sotto-host"


def free_address():
    """A loopback address that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


class Host:
    """One `sotto-host` command: `serve` or `pair`, with its events."""

    def __init__(self, program, folder, *arguments):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._errors = (self.folder / f"host-{arguments[0]}.log").open("w")
        self.process = subprocess.Popen(
            [str(program), *(str(argument) for argument in arguments), "--state", str(self.folder / "state"), "--json"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, start_new_session=True)
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._errors.close()

    def wait(self, event, seconds):
        """The fields of the next `event` that the host prints."""
        ends = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0, ends - time.monotonic()))
            except queue.Empty:
                raise GlassesError(f"the host printed no '{event}' within {seconds} s; see {self._errors.name}") from None
            if line is None:
                raise GlassesError(f"the host ended with {self.process.wait()} before '{event}'; see {self._errors.name}")
            fields = json.loads(line)
            if fields.get("event") == event:
                return fields

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


def pair(program, folder, address, glasses, hold=HOLD_MILLISECONDS, gap=FINGER_GAP_SECONDS, patience=PAIRING_SECONDS):
    """Pairs worn glasses with a host that listens at `address` only for this; both sides must show the same digits.

    Glasses on a slow processor are held for longer and pressed later."""
    with Host(program, folder, "pair", "--listen", address) as host:
        host.wait("pairing_open", patience)
        glasses.stimulus(f"press {hold}")
        finger_up = time.monotonic() + hold / 1000 + gap
        shown = host.wait("digits", patience)["digits"]
        seen, _ = glasses.wait("pairing digits", lambda event: event["name"] == "pairing_digits", patience)
        if str(seen["args"]["digits"]) != str(shown):
            raise GlassesError(f"the glasses show {seen['args']['digits']}, the host {shown}")
        host.say("y")
        time.sleep(max(0, finger_up - time.monotonic()))
        glasses.stimulus("press 100")
        host.wait("paired", patience)
        _, place = glasses.wait("'paired' of the glasses", mark("paired"), patience)
        glasses.wait("dormant state after pairing", state_begins("dormant"), patience, place)


def serve(program, folder, address, *arguments):
    """A host that answers at `address`, its models loaded."""
    host = Host(program, folder, "serve", "--listen", address, *arguments)
    try:
        host.wait("ready", MODELS_SECONDS)
    except GlassesError:
        host.__exit__()
        raise
    return host
