"""Faults of real drivers, one after the other, while the firmware answers questions: a row for each says what came of it."""

import guest_sleep
from glasses import say
from guest import GuestError
from guest_bench import FAILING_CAMERA, LASTING_DISPLAY, MAKE_LASTING_DISPLAY, Bench, Fault, reasons, succeeded

POWER_CUTS = 3
PATIENCE = 30
# Long enough to be cut off.
LONG_ANSWER_MS = 4000


def control(setting):
    return f"v4l2-ctl -d {FAILING_CAMERA} -c {setting}"


def rebound(driver, device):
    folder = f"/sys/bus/platform/drivers/{driver}"
    return f"echo {device} >{folder}/unbind", f"echo {device} >{folder}/bind"


VIVID = rebound("vivid", "vivid.0")
LOOPBACK = rebound("snd_aloop", "snd_aloop.0")

SLEEP_SECONDS = 4
KEY_SECONDS = 40


def asleep(bench):
    """The whole system sleeps, whatever the glasses do, and its clock wakes it."""
    slept = bench.guest.suspend(SLEEP_SECONDS)
    if slept < 1000 * (SLEEP_SECONDS - 1):
        raise GuestError(f"the guest slept for {slept} ms instead of {SLEEP_SECONDS} s")


def asleep_until_key(bench):
    """The whole system sleeps, and the machine's power key wakes it long before its clock."""
    bench.guest.send(f"suspend {KEY_SECONDS}")
    bench.glasses.pump(SLEEP_SECONDS)
    bench.guest.monitor("system_powerdown")
    slept = int(bench.guest.expect("slept", KEY_SECONDS + PATIENCE)[1])
    if not 1000 < slept < 1000 * KEY_SECONDS / 2:
        raise GuestError(f"the guest slept for {slept} ms, though the key was used after {SLEEP_SECONDS} s")


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

SLEEP_FAULTS = [
    Fault("the system sleeps while the glasses rest", before=asleep),
    Fault("the system sleeps until a key wakes it", before=asleep_until_key),
    Fault("the system sleeps while the wearer speaks", during=asleep),
    Fault("the system sleeps while the speaker speaks", during=asleep, at="first_sample"),
]


# --- a sound card on USB, which QEMU plugs in and out ---------------------------------------------------------------------------


def usb_options(folder):
    """QEMU's host controller, and where what the card plays goes."""
    return ["-device", "qemu-xhci,id=usb", "-audiodev", f"wav,id=usb-sound,path={folder / 'usb.wav'}"]


def plug(bench):
    bench.guest.text("modprobe -a xhci-pci snd-usb-audio")
    bench.guest.monitor("device_add", driver="usb-audio", id="headset", bus="usb.0", audiodev="usb-sound")
    bench.guest.text("until [ -e /proc/asound/Audio/pcm0p ]; do sleep 0.1; done", PATIENCE)


def unplug(bench):
    bench.guest.monitor("device_del", id="headset")
    bench.guest.text("while [ -e /proc/asound/Audio ]; do sleep 0.1; done", PATIENCE)


USB_FAULTS = [
    Fault("USB speaker is unplugged while it speaks", during=unplug, at="first_sample", mend=plug),
    Fault("USB speaker was unplugged before the question", before=unplug, mend=plug),
    Fault("the system sleeps with a USB speaker", before=asleep),
]


# --- all of them ----------------------------------------------------------------------------------------------------------------


def chosen(faults, names):
    return [fault for fault in faults if not names or any(name in fault.name for name in names)]


def play(bench, faults, rows):
    """Plays faults on a bench that works."""
    if not succeeded(bench.glasses.ask()):
        raise GuestError(f"without any fault the first turn failed: {reasons(bench.glasses.events)}")
    for fault in faults:
        say(f"· {fault.name} …")
        rows.append(told(bench.run(fault)))
        if bench.glasses.ended is not None:
            bench.glasses.start()
            bench.glasses.stimulus("wear on")


def told(row):
    say(f"  {'survived' if row['survived'] else 'NOT SURVIVED: ' + row['why']}; {row['reason_shown'] or 'nothing to tell'}")
    return row


def run(boot, programs, firmware, folder, names=()):
    """All faults, or those whose name holds one of the words; the rows."""
    rows = []
    faults = chosen(FAULTS, names)
    if faults:
        with Bench(boot, programs, firmware, folder / "own") as bench:
            play(bench, faults, rows)
            for number in range(1, POWER_CUTS + 1) if not names else ():
                say(f"· power cut {number} …")
                rows.append(told(bench.power_cut(number)))
    faults = chosen(SLEEP_FAULTS, names)
    if faults:
        prepare = f"{MAKE_LASTING_DISPLAY}; modprobe gpio_keys"
        with Bench(boot, programs, firmware, folder / "sleep", LASTING_DISPLAY, prepare, LONG_ANSWER_MS, wakes_by_key=True) as bench:
            play(bench, faults, rows)
    faults = chosen(USB_FAULTS, names)
    if faults:
        usb = folder / "usb"
        devices = {"devices.speaker": "hw:CARD=Audio", **LASTING_DISPLAY}
        with Bench(boot, programs, firmware, usb, devices, MAKE_LASTING_DISPLAY, LONG_ANSWER_MS, usb_options(usb)) as bench:
            plug(bench)
            play(bench, faults, rows)
    if chosen([guest_sleep.OWN_SLEEP], names):
        say(f"· {guest_sleep.OWN_SLEEP.name} …")
        rows.append(told(guest_sleep.own_sleep(boot, programs, firmware, folder / "own-sleep")))
    return rows
