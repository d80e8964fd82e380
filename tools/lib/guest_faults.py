"""Faults of real drivers, one after the other, while the firmware answers questions: a row for each says what came of it."""

import contextlib
import json
import shutil
import time
from pathlib import Path

from glasses import GlassesError, say, state_begins
from guest import Guest, GuestError, state_disk
from guest_glasses import GuestGlasses
from guest_scenarios import REACH, write_flat_board
from guest_sound import write_hum
from host import free_address, pair, serve

FAILING_CAMERA = "/dev/video1"  # vivid
# Every question asks for a picture, so that a turn uses microphone, camera, light, link, display and speaker.
SCRIPT = {"transcripts": ["Read this, please."], "picture_text": ["PLATFORM 3"], "tone_ms": 600}
SLOWLY = {"hold": 5500, "gap": 2, "patience": 60}  # an emulated processor on a busy machine
QUESTION_SECONDS = 1.2
RECOVERY_SECONDS = 120
GROWTH_KILOBYTES = 1024  # of resident memory: the C libraries' heaps breathe by some pages
GROWTH = "growth of"
POWER_CUTS = 3


class Fault:
    """What is done to the guest before or during a turn, and how it is mended. Commands are for the guest's shell."""

    def __init__(self, name, before="", during="", mend="", after_seconds=0.5):
        self.name = name
        self.before = before
        self.during = during
        self.mend = mend
        self.after_seconds = after_seconds


def control(setting):
    return f"v4l2-ctl -d {FAILING_CAMERA} -c {setting}"


def rebound(driver, device):
    folder = f"/sys/bus/platform/drivers/{driver}"
    return f"echo {device} >{folder}/unbind", f"echo {device} >{folder}/bind"


VIVID = rebound("vivid", "vivid.0")
LOOPBACK = rebound("snd_aloop", "snd_aloop.0")

FAULTS = [
    Fault("camera refuses buffers", before=control("inject_vidioc_reqbufs_error=1")),
    Fault("camera refuses to take a buffer", before=control("inject_vidioc_qbuf_error=1")),
    Fault("camera refuses to stream", before=control("inject_vidioc_streamon_error=1")),
    Fault("camera breaks down while it streams", during=control("inject_fatal_streaming_error=1"), after_seconds=1),
    Fault("camera marks a frame as broken", before=control("inject_v4l2_buf_flag_error=1")),
    Fault("camera drops half of its frames", before=control("percentage_of_dropped_buffers=50"),
          mend=control("percentage_of_dropped_buffers=0")),
    Fault("camera drops every frame", before=control("percentage_of_dropped_buffers=100"),
          mend=control("percentage_of_dropped_buffers=0")),
    Fault("camera's frame numbers wrap", before=control("wrap_sequence_number=1"), mend=control("wrap_sequence_number=0")),
    Fault("camera is disconnected", before=control("disconnect=1"), mend="; ".join(VIVID)),
    Fault("camera's driver is unbound", before=VIVID[0], mend=VIVID[1]),
    Fault("sound card goes while the wearer speaks", during=LOOPBACK[0], mend=LOOPBACK[1]),
    Fault("the processor is taken away for two seconds", during='kill -STOP "$(</run/sottod.process)"; sleep 2; kill -CONT "$(</run/sottod.process)"'),
    Fault("GPIO chip goes", before="devices lines remove", mend="devices lines add; devices pull wear up"),
    Fault("recording light is stuck", before="devices wire off; devices pull indicator-sense down", mend="devices wire on"),
    Fault("state disk is full", before="dd if=/dev/zero of=/state/filler bs=64k 2>/dev/null; sync", mend="rm /state/filler; sync"),
    Fault("wall clock jumps a day ahead", during="date -s '+1 day' >/dev/null", mend="date -s '-1 day' >/dev/null"),
    Fault("wall clock jumps a day back", during="date -s '-1 day' >/dev/null", mend="date -s '+1 day' >/dev/null"),
    Fault("memory is short", before="mount -o remount,size=95% /tmp; head -c $(($(awk '/MemAvailable/ { print $2 }' /proc/meminfo) - 40000))k /dev/zero >/tmp/filler",
          mend="rm /tmp/filler"),
    Fault("network goes in mid-turn", during="ip link set eth0 down", mend="ip link set eth0 up; ip route replace default via 10.0.2.2"),
]


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

    def __init__(self, boot, programs, firmware, folder):
        self._programs = programs
        self._folder = Path(folder)
        self._guest_folder = self._folder / "guest"
        # Fresh keys on both sides.
        shutil.rmtree(self._folder, ignore_errors=True)
        self._guest_folder.mkdir(parents=True)
        state_disk(self._guest_folder / "state.ext4")
        self.guest = Guest(boot, self._guest_folder, state=self._guest_folder / "state.ext4")
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
        lines = (share / "board.flat").read_text().splitlines()
        lines = [f"devices.camera={FAILING_CAMERA}" if line.startswith("devices.camera=") else line for line in lines]
        (share / "board.flat").write_text("\n".join(lines) + "\n")
        write_hum(share / "question.wav", QUESTION_SECONDS)
        script = self._folder / "assistant.json"
        script.write_text(json.dumps(SCRIPT))

        address = free_address()
        self.glasses = GuestGlasses(self.guest, f"{REACH}:{address.rsplit(':', 1)[1]}")
        self.glasses.start()
        self.glasses.stimulus("wear on")
        self.glasses.wait("dormant state", state_begins("dormant"), 60)
        host = self._programs / "sotto-host"
        pair(host, self._folder / "host", address, self.glasses, **SLOWLY)
        self._host = serve(host, self._folder / "host", address, "--assistant", f"script:{script}")

    def run(self, fault):
        """Injects the fault and mends it; the row of the table. What grew the first time must not grow again."""
        row = self._once(fault)
        return self._once(fault) if row.get("why", "").startswith(GROWTH) else row

    def _once(self, fault):
        glasses, guest = self.glasses, self.guest
        before = glasses.usage()
        begin = len(glasses.events)
        if fault.before:
            guest.text(fault.before)
        try:
            glasses.ask(lambda: self._during(fault))
        except GlassesError as error:
            # Without lines nothing can be asked: what was said until now tells.
            if glasses.ended is not None:
                return self._row(fault, survived=False, why=str(error))
        events = glasses.events[begin:]
        mended = self._now(fault.mend)
        return self._judge(fault, reasons(events), not succeeded(events), self._recovery(mended), before)

    def _now(self, command=""):
        """The guest's clock in seconds, once it has run the command."""
        return float(self.guest.text(f"{command}\ncut -d ' ' -f 1 /proc/uptime"))

    def _during(self, fault):
        if fault.during:
            self.glasses.pump(fault.after_seconds)
            self.guest.text(fault.during)

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
            return self._row(fault, survived=False, why=f"no turn succeeded within {RECOVERY_SECONDS} s of the mending", shown=shown)
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
        return self._row(fault, survived=not why, why=why, recovered=recovered, shown=shown, disturbed=disturbed)

    @staticmethod
    def _row(fault, survived, why="", recovered=None, shown=(), disturbed=True):
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
            return self._row(fault, survived=False, why=" / ".join(damaged) or "no turn succeeded after the power came back")
        return self._row(fault, survived=True, recovered=recovered)


def run(boot, programs, firmware, folder, names=()):
    """All faults, or those whose name holds one of the words; the rows."""
    chosen = [fault for fault in FAULTS if not names or any(name in fault.name for name in names)]
    rows = []
    with Bench(boot, programs, firmware, folder) as bench:
        if not succeeded(bench.glasses.ask()):
            raise GuestError(f"without any fault the first turn failed: {reasons(bench.glasses.events)}")
        for fault in chosen:
            say(f"· {fault.name} …")
            row = bench.run(fault)
            say(f"  {'survived' if row['survived'] else 'NOT SURVIVED: ' + row['why']}; {row['reason_shown'] or 'nothing to tell'}")
            rows.append(row)
            if bench.glasses.ended is not None:
                bench.glasses.start()
                bench.glasses.stimulus("wear on")
        for number in range(1, POWER_CUTS + 1) if not names else ():
            say(f"· power cut {number} …")
            rows.append(bench.power_cut(number))
    return rows
