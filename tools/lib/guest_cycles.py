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
    """A device and the words that tell `sotto-drivers` to open it, use it and close it; what makes it in the guest, and what the report must say."""

    def __init__(self, name, words, before=None, after=None, says=None):
        self.name = name
        self.words = words
        self.before = before
        self.after = after
        self.says = says or {}


DEVICES = [
    Device("camera, Motion JPEG", "camera --device /dev/video0 --size 640x480 --settle 0"),
    Device("camera, raw frames", "camera --device /dev/video1 --size 640x480 --settle 0"),
    Device("camera, several memory planes", "camera --device /dev/video1 --size 640x480 --settle 0 --format NM12",
           before="devices camera multi", after="devices camera single", says={"format": "NM12", "multi_planar": True}),
    Device("microphone", "microphone --device hw:Loopback,1,0 --blocks 2"),
    Device("speaker", "speaker --device hw:Loopback,0,1 --drop 60"),
    # The light's sense follows it at once.
    Device("GPIO lines", "pins --chip sotto-sim --watch indicator-sense --set indicator=on --edges 1"),
    Device("display", "display --card /dev/dri/card0 --size 640x480 --pictures 2"),
    # vkms has a mode of that size and takes buffers of other drivers; QEMU's display takes its own only.
    Device("camera's buffer on the display", "display --card drm:vkms --size 640x480 --pictures 1 --camera /dev/video1 --camera-format XR24",
           before="modprobe vkms", after="modprobe -r vkms", says={"copies": 0}),
    Device("accelerometer", "motion --device sotto-motion --tap-event in_voltage0_thresh_rising --taps 1",
           before="while sleep 0.1; do echo 0 >/sys/bus/iio/devices/iio_evgen/poke_ev0; done </dev/null >/dev/null 2>&1 & echo $! >/run/tapper",
           after="kill $(</run/tapper)"),
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
            if device.before:
                guest.text(device.before)
            rows.append(tried(guest, device, cycles))
            if device.after:
                guest.text(device.after)
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
    if [] in (report.get("edges"), report.get("events")):
        reasons.append("nothing came in the last cycle")
    for key, value in device.says.items():
        if report[key] != value:
            reasons.append(f"{key} is {report[key]}, not {value}")
    for key, most in (("fds", 0), ("threads", 0), ("memory_bytes", MEMORY_BYTES), ("heap_bytes", HEAP_BYTES)):
        if row[key] > most:
            reasons.append(f"{row[key]} more {key}")
    row["failed"] = bool(reasons)
    return {**row, "why": "; ".join(reasons)} if reasons else row
