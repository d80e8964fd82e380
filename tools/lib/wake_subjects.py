"""The programs that `tools/bench wake` compares: each is started, fed with sound in real time, counted, and asked when it heard the word."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from glasses import FLAT_BOARD, Glasses, GlassesError, kernel_counts, memory, state_begins

LIBRARY = Path(__file__).resolve().parent
FEED_SECONDS = 0.02  # the microphone's period of the peers: the shortest that they are commonly run with
ARMED_SECONDS = 0.2  # the armed period of the simulated glasses
WORD = "okay_nabu"
START_SECONDS = 30


def clock():
    """Nanoseconds of the clock that all subjects tell."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Subject:
    """One program, or several that are one subject, that listens."""

    name = ""
    # How much sound it is given at once; None when it takes the whole file itself.
    feed_seconds = FEED_SECONDS

    def __init__(self):
        self.processes = []
        self.detections = []  # when, by `clock`
        self.heard = []  # samples that were heard until then, where the subject says it

    def pids(self):
        return [process.pid for process in self.processes]

    def give(self, samples):
        """Sound that the microphone has just heard."""
        target = self.processes[0].stdin
        target.write(samples)
        target.flush()

    def counts(self):
        """CPU seconds, wakeups and threads until now."""
        counted = [kernel_counts(pid) for pid in self.pids()]
        return {
            "cpu": sum(cpu_nanoseconds(pid) for pid in self.pids()) / 1e9,
            "voluntary": sum(count["voluntary"] for count in counted),
            "threads": sum(count["threads"] for count in counted),
        }

    def memory(self):
        parts = [memory(pid) for pid in self.pids()]
        return {key: sum(part[key] for part in parts) for key in parts[0]}

    def check(self):
        for process in self.processes:
            if process.poll() is not None:
                raise GlassesError(f"{self.name}: {' '.join(map(str, process.args))} ended with {process.returncode}")

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _note_lines(self, stream):
        for line in stream:
            when, heard = map(int, line.split())
            self.detections.append(when)
            self.heard.append(heard)


def cpu_nanoseconds(pid):
    """What the scheduler counted for all threads, user and system; finer than the ticks of /proc/PID/stat."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


class Sotto(Subject):
    """The whole firmware on the simulated board, worn and armed. The board plays the sound itself."""

    name = "sotto"
    feed_seconds = None

    def __init__(self, program, models, folder, launcher=()):
        super().__init__()
        folder.mkdir()
        board = folder / "board.flat"
        board.write_text(armed_board(FLAT_BOARD.read_text()))
        # The kernel takes pages of a file that was written just now for memory of the process.
        with open(program, "rb") as file:
            os.fsync(file.fileno())
        self.glasses = Glasses(program, folder, ["--wake-words", models], board=board, launcher=launcher)
        self.processes = [self.glasses.process]

    def arm(self, seconds=START_SECONDS):
        self.glasses.stimulus("wear on")
        self.glasses.wait("armed state", state_begins("armed"), seconds)

    def play(self, path):
        self.glasses.stimulus(f"say {path}")

    def collect(self):
        """Reads from the trace when the glasses engaged, and when the microphone had heard the last sample that decided it."""
        self.glasses.trace.update()
        heard = [event for event in self.glasses.trace.events if event["name"] == "wake_word"]
        engaged = [event for event in self.glasses.trace.events if state_begins("engaged")(event)]
        self.detections = [int(event["ts"] * 1000) for event in engaged]
        self.heard_at = [event["args"]["heard_us"] * 1000 for event in heard]

    def stop(self):
        self.glasses.__exit__()


# What differs from the simulated glasses of the tests. Cards go soon, so that the next word finds armed glasses.
SETTINGS = {"listening.armed_while_worn": "true", "listening.wake_words": WORD, "overlay.card_time_us": "1000000"}


def armed_board(flat):
    """The flat board file with our settings, its keys in order."""
    first, *lines = flat.splitlines()
    values = dict(line.split("=", 1) for line in lines) | SETTINGS
    return "\n".join([first, *(f"{key}={values[key]}" for key in sorted(values))]) + "\n"


class Alone(Subject):
    """pymicro-wakeword in a loop of its own."""

    name = "pymicro_wakeword"

    def __init__(self, python, manifest):
        super().__init__()
        size = int(FEED_SECONDS * 16_000) * 2
        self.processes = [listener([python, LIBRARY / "wake_peers.py", "alone", manifest, str(size)])]
        threading.Thread(target=self._note_lines, args=[self.processes[0].stdout], daemon=True).start()


class Direct(Subject):
    """The C libraries called directly. Sound comes in the period that Sotto's microphone has, so that only the recogniser differs."""

    name = "tflite_c"
    feed_seconds = ARMED_SECONDS

    def __init__(self, command):
        super().__init__()
        self.processes = [listener([*command, str(int(ARMED_SECONDS * 16_000))])]
        threading.Thread(target=self._note_lines, args=[self.processes[0].stdout], daemon=True).start()


def listener(command):
    return subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


class Satellite(Subject):
    """A Wyoming satellite with a microWakeWord service beside it, and a server that lets it listen again after each word.

    `service` is the Python of an environment with wyoming-microwakeword; without one a service of ours stands for it."""

    name = "satellite"

    def __init__(self, python, manifest, folder, service=None):
        super().__init__()
        self.folder = folder
        folder.mkdir(parents=True)
        self._log = (folder / "satellite.log").open("w")
        self._pipe = folder / "microphone"
        os.mkfifo(self._pipe)
        wake, satellite = free_port(), free_port()
        uri = f"tcp://127.0.0.1:{wake}"
        if service:
            self.processes.append(self._start([service, "-m", "wyoming_microwakeword", "--uri", uri]))
        else:
            self.processes.append(self._start([python, LIBRARY / "wake_peers.py", "service", uri, manifest]))
        connect(wake, self).close()
        # `cat` stands where the sound recorder is otherwise; it is not counted.
        self.processes.append(self._start([
            python, "-m", "wyoming_satellite", "--uri", f"tcp://127.0.0.1:{satellite}", "--mic-command", f"cat {self._pipe}",
            "--wake-uri", uri, "--wake-word-name", WORD, "--no-zeroconf"]))
        # For both ways, so that opening does not wait for a satellite that does not start.
        self._microphone = os.fdopen(os.open(self._pipe, os.O_RDWR), "wb", buffering=0)
        self._server = connect(satellite, self)
        threading.Thread(target=self._serve, daemon=True).start()

    def _start(self, command):
        return subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)

    def give(self, samples):
        self._microphone.write(samples)

    def _send(self, kind, **data):
        self._server.sendall((json.dumps({"type": kind, "data": data}) + "\n").encode())

    def _serve(self):
        """A server that answers every question with nothing, after a second."""
        self._send("run-satellite")
        stream = self._server.makefile("rb")
        try:
            while line := stream.readline():
                event = json.loads(line)
                stream.read((event.get("data_length") or 0) + (event.get("payload_length") or 0))
                if event["type"] == "run-pipeline":
                    self.detections.append(clock())
                    threading.Timer(1, self._send, ["transcript"], {"text": ""}).start()
        except OSError:
            pass  # the satellite was stopped

    def stop(self):
        self._server.close()
        super().stop()
        self._microphone.close()
        self._log.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port, subject):
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            subject.check()
            if time.monotonic() > ends:
                raise GlassesError(f"{subject.name} did not start within {START_SECONDS} s; see {subject.folder}") from None
            time.sleep(0.1)


def feed(subject, samples, began, stop):
    """Gives the subject the sound in pieces, each when its last sample would have been heard. `samples` are bytes."""
    size = int(subject.feed_seconds * 16_000) * 2
    for number, position in enumerate(range(0, len(samples) - size + 1, size), 1):
        wait = began / 1e9 + number * subject.feed_seconds - clock() / 1e9
        if stop.wait(max(wait, 0)):
            return
        try:
            subject.give(samples[position : position + size])
        except OSError as error:
            print(f"{subject.name} takes no more sound: {error}", file=sys.stderr)
            return
