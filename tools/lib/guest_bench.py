"""A guest whose firmware answers questions while its devices are broken, one after the other; what came of each is a row."""

import contextlib
import json
import shutil
import time
from pathlib import Path

from glasses import GlassesError, state_begins
from guest import Guest, GuestError, state_disk
from guest_glasses import GuestGlasses
from guest_scenarios import REACH, write_flat_board
from guest_sound import write_hum
from host import free_address, pair, serve

FAILING_CAMERA = "/dev/video1"  # vivid
# Debian's driver of QEMU's display has no way back from a system's sleep: its queue is never served again. The virtual one has.
LASTING_DISPLAY = {"devices.display": "drm:vkms"}
MAKE_LASTING_DISPLAY = "modprobe vkms"
# Every question asks for a picture, so that a turn uses microphone, camera, light, link, display and speaker.
TONE_MS = 600
SLOWLY = {"hold": 5500, "gap": 2, "patience": 60}  # an emulated processor on a busy machine
QUESTION_SECONDS = 1.2
TURN_SECONDS = 120
RECOVERY_SECONDS = 120
GROWTH_KILOBYTES = 1024  # of resident memory: the C libraries' heaps breathe by some pages
GROWTH = "growth of"


def script(tone_milliseconds):
    """What the scripted host makes of every question."""
    return {"transcripts": ["Read this, please."], "picture_text": ["PLATFORM 3"], "tone_ms": tone_milliseconds}


class Fault:
    """What is done to the guest before or during a turn, and how it is mended: commands for the guest's shell, or functions of the bench.
    What is done during the turn comes `after_seconds` of the question, or at the first event of the name `at`."""

    def __init__(self, name, before="", during="", mend="", after_seconds=0.5, at=None):
        self.name = name
        self.before = before
        self.during = during
        self.mend = mend
        self.after_seconds = after_seconds
        self.at = at


def reasons(events):
    """Why something did not work, in the words that the wearer or the log was given, in order."""
    found = []
    for event in events:
        args = event.get("args", {})
        if event["name"] == "log":
            found.append(args["text"])
        elif event["name"] == "turn" and event["ph"] == "E" and args.get("outcome") != "answered":
            found.append(args.get("reason") or args.get("outcome", ""))
    return [text for text in found if text]


def succeeded(events):
    """Whether the turn took a picture and was answered aloud."""
    names = {event["name"] for event in events}
    answered = any(event["name"] == "turn" and event.get("args", {}).get("outcome") == "answered" for event in events)
    return answered and {"picture_taken", "first_sample"} <= names


class Bench:
    """A guest whose firmware is paired with a scripted host and takes its pictures with the camera that can be made to fail."""

    def __init__(self, boot, programs, firmware, folder, devices=None, prepare="true", tone=TONE_MS, extra=(), wakes_by_key=False):
        """`devices` are lines of the flat board file that replace those of the guest's own; `prepare` runs in the guest before the firmware;
        `tone` are the milliseconds of an answer; `extra` are options of QEMU."""
        self._before_start = prepare
        self._tone = tone
        self._devices = {"devices.camera": FAILING_CAMERA, **(devices or {})}
        self._programs = programs
        self._folder = Path(folder)
        self._guest_folder = self._folder / "guest"
        # Fresh keys on both sides.
        shutil.rmtree(self._folder, ignore_errors=True)
        self._guest_folder.mkdir(parents=True)
        state_disk(self._guest_folder / "state.ext4")
        self.guest = Guest(
            boot, self._guest_folder, state=self._guest_folder / "state.ext4", extra=extra, wakes_by_key=wakes_by_key)
        self._firmware = firmware
        self._host = None
        self.glasses = None

    def __enter__(self):
        self.guest.__enter__()
        try:
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._host is not None:
            self._host.__exit__()
        if self.glasses is not None:
            with contextlib.suppress(GuestError):
                self.glasses.pump(1)
            lines = [json.dumps(event) for event in self.glasses.events]
            (self._folder / "glasses.trace.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
            (self._folder / "sottod.log").write_text("\n".join(self.glasses.words) + "\n")
        self.guest.__exit__()

    def _prepare(self):
        share = self.guest.share
        shutil.copy2(self._firmware, share / "sottod")
        write_flat_board(self._programs, share / "board.flat")
        self.set_board(self._devices)
        write_hum(share / "question.wav", QUESTION_SECONDS)
        answers = self._folder / "assistant.json"
        answers.write_text(json.dumps(script(self._tone)))

        address = free_address()
        self.glasses = GuestGlasses(self.guest, f"{REACH}:{address.rsplit(':', 1)[1]}")
        self.guest.text(self._before_start)
        self.glasses.start()
        self.glasses.stimulus("wear on")
        self.glasses.wait("dormant state", state_begins("dormant"), 60)
        host = self._programs / "sotto-host"
        pair(host, self._folder / "host", address, self.glasses, **SLOWLY)
        self._host = serve(host, self._folder / "host", address, "--assistant", f"script:{answers}")

    def set_board(self, settings):
        """Replaces lines of the board file, or adds them; the next start of the firmware reads it."""
        file = self.guest.share / "board.flat"
        head, *lines = file.read_text().splitlines()
        values = {**dict(line.split("=", 1) for line in lines), **settings}
        # The flat form wants its keys in ascending order.
        file.write_text("\n".join([head, *(f"{key}={values[key]}" for key in sorted(values))]) + "\n")

    def run(self, fault):
        """Injects the fault and mends it; the row of the table. What grew the first time must not grow again."""
        row = self._once(fault)
        return self._once(fault) if row.get("why", "").startswith(GROWTH) else row

    def _once(self, fault):
        glasses = self.glasses
        before = glasses.usage()
        begin = len(glasses.events)
        self._do(fault.before)
        try:
            glasses.ask(lambda: self._during(fault, begin))
        except GlassesError as error:
            # Without lines nothing can be asked: what was said until now tells.
            if glasses.ended is not None:
                return self.row(fault, survived=False, why=str(error))
        events = glasses.events[begin:]
        self._do(fault.mend)
        mended = self._now()
        return self._judge(fault, reasons(events), not succeeded(events), self._recovery(mended), before)

    def _now(self):
        """The guest's clock in seconds."""
        return float(self.guest.text("cut -d ' ' -f 1 /proc/uptime"))

    def _during(self, fault, begin):
        if not fault.during:
            return
        if fault.at is None:
            self.glasses.pump(fault.after_seconds)
        else:
            self.glasses.wait(fault.at, lambda event: event["name"] == fault.at, TURN_SECONDS, begin)
        self._do(fault.during)

    def _do(self, step):
        if callable(step):
            step(self)
        elif step:
            self.guest.text(step)

    def _recovery(self, since):
        """Milliseconds of the guest's clock from that second on until the picture of the first turn that succeeds; None when none does."""
        ends = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < ends:
            try:
                events = self.glasses.ask()
                if succeeded(events):
                    taken = next(event["ts"] for event in events if event["name"] == "picture_taken")
                    return round(taken / 1000 - since * 1000)
            except GlassesError:
                if self.glasses.ended is not None:
                    return None
        return None

    def _judge(self, fault, shown, disturbed, recovered, before):
        glasses = self.glasses
        if recovered is None:
            return self.row(fault, survived=False, why=f"no turn succeeded within {RECOVERY_SECONDS} s of the mending", shown=shown)
        after = glasses.usage()
        grown = [name for name in ("files", "threads") if after[name] > before[name]]
        if after["kilobytes"] > before["kilobytes"] + GROWTH_KILOBYTES:
            grown.append("kilobytes")
        held = glasses.held()
        if grown or held:
            why = ", ".join([f"{GROWTH} {name} from {before[name]} to {after[name]}" for name in grown] + sorted(held))
        elif disturbed and not shown:
            why = "nobody was told why"
        else:
            why = ""
        return self.row(fault, survived=not why, why=why, recovered=recovered, shown=shown, disturbed=disturbed)

    @staticmethod
    def row(fault, survived, why="", recovered=None, shown=(), disturbed=True):
        row = {
            "fault": fault.name, "survived": survived, "recovered_ms": recovered, "reason_shown": shown[0] if shown else None,
            "turn_succeeded": not disturbed}
        return row if survived else {**row, "why": why}

    def power_cut(self, number):
        """Takes the power in the middle of a turn; afterwards the keys must be there, and the pairing good without a person."""
        fault = Fault(f"power cut {number}, {0.3 * number:.1f} s into a turn")
        glasses = self.glasses
        glasses.stimulus("press 80")
        glasses.pump(0.3 * number)
        self.guest.cut_power()
        glasses.start()
        glasses.stimulus("wear on")
        place = len(glasses.events)
        # The guest's clock begins with its kernel.
        recovered = self._recovery(since=0)
        damaged = [text for text in reasons(glasses.events[place:]) if "damaged" in text or "pair" in text]
        if recovered is None or damaged:
            return self.row(fault, survived=False, why=" / ".join(damaged) or "no turn succeeded after the power came back")
        return self.row(fault, survived=True, recovered=recovered)
