"""Each device of the guest opened, used and closed many times by the firmware's own drivers: what is left behind."""

import json
import shutil
import tempfile
from pathlib import Path

from glasses import say
from guest import Guest, GuestError

CYCLES = 500
SECONDS_OF_A_CYCLE = 6  # the display's modes are set slowly by an emulated processor
# Of resident memory, which comes in pages and clusters of them. What is in use is counted to the byte beside it.
MEMORY_BYTES = 256 << 10
# Of the C library's heap: ALSA fills its stores later than in the first two cycles. 17 bytes lost in each of 500 cycles are more.
HEAP_BYTES = 8 << 10


class Device:
    """A device and the words that tell `sotto-drivers` to open it, use it and close it."""

    def __init__(self, name, words):
        self.name = name
        self.words = words


DEVICES = [
    Device("camera, Motion JPEG", "camera --device /dev/video0 --size 640x480 --settle 0"),
    Device("camera, raw frames", "camera --device /dev/video1 --size 640x480 --settle 0"),
    Device("microphone", "microphone --device hw:Loopback,1,0 --blocks 2"),
    Device("speaker", "speaker --device hw:Loopback,0,1 --drop 60"),
    # The light's sense follows it at once.
    Device("GPIO lines", "pins --chip sotto-sim --watch indicator-sense --set indicator=on --edges 1"),
    Device("display", "display --card /dev/dri/card0 --size 640x480 --pictures 2"),
]


def run(boot, drivers, cycles, names=()):
    """Puts every device, or those whose name holds one of the words, through so many cycles; the rows."""
    chosen = [device for device in DEVICES if not names or any(name in device.name for name in names)]
    with tempfile.TemporaryDirectory(prefix="sotto-hil-") as folder, Guest(boot, folder) as guest:
        shutil.copy2(drivers, guest.share / "sotto-drivers")
        show_a_picture(guest)
        rows = []
        for device in chosen:
            say(f"· {device.name}, {cycles} times …")
            rows.append(tried(guest, device, cycles))
            say(f"  {'fine' if not rows[-1]['failed'] else 'failed: ' + rows[-1]['why']}")
        guest.power_off()
        return rows


def show_a_picture(guest):
    """A Motion JPEG camera exists once it has a picture to show: one of the other camera's."""
    guest.text("sotto-drivers camera --device /dev/video1 --size 640x480 --out /host/picture.jpg")
    guest.send("look picture.jpg")
    guest.text("until v4l2-ctl -d /dev/video0 --list-formats | grep -q MJPG; do sleep 0.2; done", 30)


def tried(guest, device, cycles):
    """One device's row. It has failed when a cycle did, or when something was left behind."""
    output = Path(guest.share) / "cycles.json"
    # A failure is told in the report.
    guest.text(f"sotto-drivers {device.words} --cycles {cycles} >/host/{output.name} || true", 60 + cycles * SECONDS_OF_A_CYCLE)
    text = output.read_text()
    if not text.strip():
        raise GuestError(f"sotto-drivers {device.words} printed nothing")
    report = json.loads(text)
    row = {
        "device": device.name, "cycles": report["cycles"], "fds": report["descriptors_left"], "threads": report["threads_left"],
        "memory_bytes": report["growth_kb"] << 10, "heap_bytes": report["heap_growth_bytes"]}
    reasons = [f"cycle {report['cycles'] + 1}: {report['failure']}"] if report["failure"] else []
    if report.get("edges") == []:
        reasons.append("no edge came in the last cycle")
    for key, most in (("fds", 0), ("threads", 0), ("memory_bytes", MEMORY_BYTES), ("heap_bytes", HEAP_BYTES)):
        if row[key] > most:
            reasons.append(f"{row[key]} more {key}")
    row["failed"] = bool(reasons)
    return {**row, "why": "; ".join(reasons)} if reasons else row
