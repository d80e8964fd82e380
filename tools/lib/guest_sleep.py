"""The glasses put the guest's kernel to sleep by themselves, and the alarm of what is due wakes it."""

import contextlib
import threading
import time

from glasses import GlassesError
from guest import GuestError
from guest_bench import LASTING_DISPLAY, MAKE_LASTING_DISPLAY, Bench, Fault, succeeded

OWN_SLEEP = Fault("the glasses put the system to sleep")
# The board file's `idle.standby` of sim/glasses: what is drawn, the ways down and up, and what stays on.
BOARD = {
    "devices.wake": "/sys/devices/platform/gpio-keys", "idle.standby": "60000,25000,40000,17000",
    "idle.standby.sustains": "display.1,link.1"}
CARD_SECONDS = 8  # `overlay.card_time`
# The kernel does not go down for less than 2 s.
LEAST_SLEEP_SECONDS = 2
LATE_SECONDS = 3  # an emulated processor on a busy machine
PATIENCE = 90
TRIES = 3
# The system sleeps on before its last words are out; the key lets them, long after the alarm was due.
KEYS_BEGIN_SECONDS = 30
KEYS_EVERY_SECONDS = 4
UNANSWERED = "the question before the sleep was not answered"
# Until it may, the firmware writes into a file where the kernel's would be, as on a system that turns it back.
HOLD = "echo 'freeze mem' >/run/held && mount --bind /run/held /sys/power/state"


def own_sleep(boot, programs, firmware, folder):
    """The row of the table. A question that a busy machine was too slow for says nothing of the sleep after it: it is asked in a new guest."""
    for _ in range(TRIES):
        row = tried(boot, programs, firmware, folder)
        if row.get("why") != UNANSWERED:
            break
    return row


def tried(boot, programs, firmware, folder):
    with Bench(boot, programs, firmware, folder, LASTING_DISPLAY, MAKE_LASTING_DISPLAY, wakes_by_key=True) as bench:
        glasses, guest = bench.glasses, bench.guest
        guest.text(f"modprobe gpio_keys; {HOLD}")
        glasses.stop()
        bench.set_board(BOARD)
        glasses.start()
        glasses.stimulus("wear on")

        def release():
            glasses.pump(1.5)
            guest.text("umount /sys/power/state")
            # Commands need the share, which does not outlast a sleep.
            guest.send("share off")
            if guest.expect("share", 20) != ["share", "off", "0"]:
                raise GuestError("the share could not be taken away")

        with keys(guest):
            try:
                events = glasses.ask(release)
            except GlassesError as error:
                return bench.row(OWN_SLEEP, survived=False, why=str(error))
            if not succeeded(events):
                return bench.row(OWN_SLEEP, survived=False, why=UNANSWERED)
            return judged(bench, len(glasses.events) - len(events))


@contextlib.contextmanager
def keys(guest):
    """Uses the power key again and again, once the alarm must have come."""
    ended = threading.Event()

    def use():
        pause = KEYS_BEGIN_SECONDS
        while not ended.wait(pause):
            guest.monitor("system_powerdown")
            pause = KEYS_EVERY_SECONDS

    thread = threading.Thread(target=use)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def sleeps(events):
    """The times that the system was down: from the trace, in seconds: when it came up, and for how long it was down."""
    return [(event["ts"] / 1e6, event["args"]["time_us"] / 1e6) for event in events
            if event["name"] == "idled" and event["args"]["time_us"] > LEAST_SLEEP_SECONDS * 1e6]


def card_times(events):
    """When the answer's card came and when it went, in seconds; None for what did not happen."""
    shown = [event["ts"] / 1e6 for event in events if event["name"] == "card"]
    gone = [event["ts"] / 1e6 for event in events if event["name"] == "lease_released" and event["args"]["holder"] == "card"]
    return (shown[-1] if shown else None), (gone[-1] if gone and shown and gone[-1] > shown[-1] else None)


def judged(bench, begin):
    """The alarm must have woken the system to take the card away."""
    ends = time.monotonic() + PATIENCE
    gone = None
    while gone is None and time.monotonic() < ends:
        bench.glasses.pump(1)
        events = bench.glasses.events[begin:]
        shown, gone = card_times(events)
    by_alarm = [up for up, _ in sleeps(events) if gone is not None and shown < up <= gone]
    if not by_alarm:
        return bench.row(OWN_SLEEP, survived=False, why=f"it did not sleep and wake by its alarm: {sleeps(events)}, card {shown}, {gone}")
    late = gone - shown - CARD_SECONDS
    if late > LATE_SECONDS:
        return bench.row(OWN_SLEEP, survived=False, why=f"the alarm came {late:.1f} s late")
    return bench.row(OWN_SLEEP, survived=True, recovered=round(late * 1000), disturbed=False)
