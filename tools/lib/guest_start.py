"""How long the guest takes to boot and the firmware to get ready, and what of it goes where."""

import re
import time

from glasses import parse_line
from guest import GuestError

READY_SECONDS = 60
# Clock ticks a second in /proc/PID/stat (USER_HZ, the same on every Linux).
TICKS = 100


def boot_steps(guest):
    """Milliseconds of each part of the boot, by the marks in the kernel's log, whose clock begins a little before the guest's."""
    log = guest.text("dmesg")
    marks = [("first_program", r"Run /init as init process"), ("root", r"guest: the root file system is there"),
             ("devices", r"guest: the devices are up"), ("agent", r"guest: the agent is there")]
    steps, before = {}, 0
    for name, pattern in marks:
        found = re.search(rf"^\[\s*(\d+\.\d+)\] .*{pattern}", log, re.M)
        if found is None:
            raise GuestError(f"the guest's kernel log does not say \"{pattern}\"")
        at = round(float(found.group(1)) * 1000)
        steps[name], before = at - before, at
    return steps


def time_to_ready(guest):
    """Starts the firmware twice, the second time from memory; milliseconds from the kernel's start of its process to its first state."""
    started_until_ready(guest)
    return started_until_ready(guest)


def started_until_ready(guest):
    guest.send("start 127.0.0.1:9 1")
    words = []
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends:
        line = guest.line(READY_SECONDS) or ""
        verb, _, rest = line.partition(" ")
        event = parse_line(rest.encode()) if verb == "trace" else None
        if event is not None and event.get("cat") == "state":
            # Field 22, the process's start since the boot; its name, the second field, has no blank.
            ticks = int(guest.text('cut -d " " -f 22 "/proc/$(</run/sottod.process)/stat"'))
            guest.send("stop")
            guest.expect("ended", 10)
            return round(event["ts"] / 1000 - ticks * 1000 / TICKS)
        if verb == "words":
            words.append(rest)
        if verb == "ended":
            raise GuestError(f"the firmware ended in the guest before it was ready ({rest}): {' / '.join(words[-3:])}")
    raise GuestError(f"the firmware was not ready within {READY_SECONDS} s: {' / '.join(words[-3:])}")


def ready_steps(guest):
    """Milliseconds of each part of the firmware's start, by the system calls that end them. Only those are traced (the kernel filters them),
    which costs some milliseconds all the same."""
    guest.text(
        "timeout -s INT 10 strace -f --seccomp-bpf -ttt -e trace=execve,openat,write -o /tmp/start.strace "
        "/run/sottod --board /run/board.flat --host 127.0.0.1:9 --state /tmp/start --trace /tmp/start.trace </dev/null || true", 60)
    text = guest.text("cat /tmp/start.strace; rm -rf /tmp/start /tmp/start.strace /tmp/start.trace")
    marks = [("linked", r'openat\(.*"/run/board\.flat"'), ("board_made", r'openat\(.*"/tmp/start/'), ("ready", r'write\(\d+, .*"\[\\n\{')]
    began = re.search(r"(\d+\.\d+) execve\(", text)
    steps, before = {}, float(began.group(1)) if began else 0.0
    for name, pattern in marks:
        found = re.search(rf"(\d+\.\d+) {pattern}", text)
        if began is None or found is None:
            raise GuestError(f"the firmware's start does not show {name}: {text[-2000:]}")
        steps[name], before = round((float(found.group(1)) - before) * 1000), float(found.group(1))
    return steps
