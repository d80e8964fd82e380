"""The doctor in the guest: does it list what the kernel's own tools list, and do its trials end as this machine sees and hears them?"""

import json
import math
import re
import shutil
import subprocess
import time
import wave
from array import array
from pathlib import Path

from glasses import say
from guest import Guest, GuestError
from guest_scenarios import write_flat_board
from guest_sound import strength, write_tone

LISTS = {
    "doctor": "sottod --doctor --json",
    "cameras": "for node in /dev/video*; do echo node $node; v4l2-ctl -d $node --list-formats; done",
    "capture": "arecord -l",
    "playback": "aplay -l",
    "lines": "gpioinfo",
    "modes": "modetest -M virtio_gpu -c",
    "options": "grep ^CONFIG_ /lib/modules/$(uname -r)/config",
}
SECONDS = 120  # for a command, on a processor that is emulated on a busy machine
BARS = [(255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255), (0, 0, 0)]
MICROPHONE_TONE_DB = -20
DECIBELS = 1  # the doctor tells whole ones
CHARGE = 37


def row(what, ours, theirs):
    """One row: what the doctor says, what the tool or this machine says."""
    entries = len(ours) if isinstance(ours, (list, dict)) else 1
    return {"what": what, "agrees": bool(ours) and ours == theirs, "entries": entries, "doctor": ours, "other": theirs}


# --- what the kernel's own tools list ---------------------------------------------------------------------------------------------


def cameras(text):
    """Each node's pixel formats; nodes that do not capture have none."""
    found, node = {}, None
    for line in text.splitlines():
        if line.startswith("node "):
            node = line.split()[1]
        elif "Video Capture" in line or re.match(r"\s*\[\d+\]: '", line):
            code = re.search(r"'(.{3})(.)(-BE)?'", line)
            if code:
                # The mark of big-endian formats is a bit that makes the last letter unprintable.
                found.setdefault(node, []).append(code.group(1) + ("." if code.group(3) else code.group(2)))
    return found


def sounds(text):
    return sorted([card, int(device)] for card, device in re.findall(r"^card \d+: (\S+) .*, device (\d+):", text, re.M))


def lines(text):
    """Chip, offset, name, direction, used or not, of each line."""
    found, label = [], ""
    for line in text.splitlines():
        chip = re.match(r"(\S+)\s+\[(.*)\] \((\d+) lines\)|(\S+) - (\d+) lines", line)
        if chip:
            label = chip.group(1) or chip.group(4)
            continue
        # The tools of libgpiod 2 leave "unused" out and write consumer=NAME.
        one = re.match(r'\s+line\s+(\d+):\s+(unnamed|"[^"]*")\s+(?:(unused)\s+|("[^"]*"|kernel)\s+)?(input|output)(.*)', line)
        if one:
            name = "" if one.group(2) == "unnamed" else one.group(2).strip('"')
            found.append([label, int(one.group(1)), name, one.group(5), one.group(4) is not None or "consumer=" in one.group(6)])
    return sorted(found)


def modes(text):
    # modetest prints hundredths of a hertz.
    return sorted([int(width), int(height), round(float(rate) * 1000, -1)] for width, height, rate in re.findall(
        r"^\s+#\d+ (\d+)x(\d+) (\d+\.\d+) ", text, re.M))


def listed(guest):
    """Rows of what the doctor lists beside what the tools list."""
    script = "; ".join(f"echo '=== {name}'; {command} 2>/dev/null" for name, command in LISTS.items())
    parts = re.split(r"^=== (\w+)\n", guest.text(f"{script}; true", SECONDS), flags=re.M)
    said = dict(zip(parts[1::2], parts[2::2]))
    report = {part["part"]: part["devices"] for part in json.loads(said["doctor"])["parts"]}

    def heard(name):
        return sorted([re.match(r"hw:CARD=(.*),DEV", one["name"]).group(1), one["device"]] for one in report[name] if "name" in one)

    screens = [one for one in report["display"] if one.get("driver") == "virtio_gpu"]
    settings = dict(re.findall(r"^(CONFIG_\w+)=(\w)$", said["options"], re.M))
    options = {one["option"]: one["setting"] for one in report["kernel"] if "option" in one}
    return [
        row("camera formats, v4l2-ctl", {
            one["path"]: [entry["code"] for entry in one["formats"]] for one in report["camera"] if one.get("formats")},
            cameras(said["cameras"])),
        row("capture devices, arecord", heard("microphone"), sounds(said["capture"])),
        row("playback devices, aplay", heard("speaker"), sounds(said["playback"])),
        row("lines, gpioinfo", sorted(
            [Path(chip["path"]).name, line["offset"], line["name"], line["direction"], line["used"]]
            for chip in report["pins"] for line in chip.get("lines", [])), lines(said["lines"])),
        row("modes, modetest", sorted(
            [mode["width"], mode["height"], round(mode["millihertz"], -1)]
            for one in screens for connector in one["connectors"] for mode in connector["modes"]), modes(said["modes"])),
        row("kernel options, its own configuration", options, {name: settings.get(name, "n") for name in options}),
    ]


# --- what it tries ----------------------------------------------------------------------------------------------------------------


def doctor(guest, part, beside="", meanwhile=lambda: None):
    """Lets the doctor try a part of the board while `beside` runs in the guest and `meanwhile` here; its part of the report."""
    output = guest.share / "doctor.json"
    output.unlink(missing_ok=True)
    guest.text(
        f"{{ sottod --doctor --board /host/board.flat --part {part} --yes --json --out /host >/host/doctor.part; "
        f"mv /host/doctor.part /host/doctor.json; }} >/dev/null 2>&1 & {beside} true")
    ends = time.monotonic() + SECONDS
    while not output.exists():
        if time.monotonic() > ends:
            raise GuestError(f"sottod --doctor --part {part} did not end within {SECONDS} s")
        meanwhile()
        time.sleep(0.1)
    return json.loads(output.read_text())["parts"][0]


def verdicts(part):
    return [finding["verdict"] for finding in part["findings"]]


def tried(part):
    """What the doctor tells of a trial."""
    return next((one for one in part["devices"] if "tried" in one), {})


def test_picture(guest):
    """The doctor's PNG must show what is before the camera."""
    guest.text("sotto-drivers camera --device /dev/video1 --size 640x480 --out /host/picture.jpg", SECONDS)
    guest.send("look picture.jpg")
    guest.text("until v4l2-ctl -d /dev/video0 --list-formats | grep -q MJPG; do sleep 0.2; done", SECONDS)
    part = doctor(guest, "camera")
    taken = guest.share / "doctor-camera.png"
    shown = tried(part)
    if not taken.exists():
        return row("test picture, as it was shown", [part["findings"]], "a picture")
    # The source shows its picture as it is, whatever size was agreed on.
    compared = subprocess.run(
        ["/usr/bin/compare", "-metric", "AE", "-fuzz", "2%", guest.share / "picture.jpg", taken, "null:"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return row("test picture, as it was shown", [verdicts(part), shown.get("picture"), compared.stderr.strip()],
               [["fine"], "/host/doctor-camera.png", "0"])


def microphone_level(guest):
    """The doctor's level of a tone that is played to the microphone."""
    write_tone(guest.share / "tone.wav", 1000, MICROPHONE_TONE_DB, 8)
    guest.send("say tone.wav")
    part = doctor(guest, "microphone")
    guest.text("pkill aplay || true")
    level = tried(part)
    near = abs((level.get("peak_db") or 0) - MICROPHONE_TONE_DB) <= DECIBELS
    return row(f"microphone level of a tone at {MICROPHONE_TONE_DB} dB",
               [verdicts(part), level.get("clipped"), level.get("peak_db")],
               [["fine"], 0, level.get("peak_db") if near else MICROPHONE_TONE_DB])


def speaker_tone(guest):
    """The doctor's tone must be heard where the speaker's sound comes out: by far the strongest at its pitch."""
    part = doctor(guest, "speaker", "arecord -q -D plughw:Loopback,1,1 -f S16_LE -r 48000 -c 2 -d 6 /host/heard.wav >/dev/null 2>&1 &")
    guest.text("while pgrep arecord >/dev/null; do sleep 0.1; done", SECONDS)
    with wave.open(str(guest.share / "heard.wav")) as file:
        samples = array("h", file.readframes(file.getnframes()))[::2]
        rate = file.getframerate()
    heard = max(range(220, 1760, 20), key=lambda hertz: strength(samples, rate, hertz)) if any(samples) else None
    return row("tone, where the speaker's sound comes out", [verdicts(part), tried(part).get("hertz")], [["fine"], heard])


def pins_edges(guest):
    """The doctor's live edges of a line that is pulled down and let go."""
    part = doctor(guest, "pins", "{ for i in $(seq 60); do devices pull button down; sleep 0.05; devices pull button up; sleep 0.2; done; } >/dev/null 2>&1 &")
    guest.text("pkill -f 'devices pull' || true; pkill seq || true; true")
    told = next((finding["text"] for finding in part["findings"] if '"button"' in finding["text"]), "")
    edges = int((re.search(r"edges seen: (\d+)", told) or [0, 0])[1])
    return row("live edges of the button", [verdicts(part), edges > 0], [["fine"] * len(verdicts(part)), True])


def recording_light(guest):
    """Light and sense, with the wire between them and without."""
    intact = verdicts(doctor(guest, "indicator"))
    guest.text("devices wire off; devices pull indicator-sense down")
    cut = verdicts(doctor(guest, "indicator"))
    guest.text("devices wire on")
    return row("recording light, with its sense and with the wire cut", [intact, cut], [["fine"], ["wrong"]])


def pixels_of(path):
    """Width, height and bytes of a PPM file as QEMU writes it."""
    magic, size, _, data = path.read_bytes().split(b"\n", 3)
    if magic != b"P6":
        raise GuestError(f"{path} is no PPM file")
    width, height = map(int, size.split())
    return width, height, data


def shows_test_card(path, wide, high):
    """Whether a screenshot has the eight bars where a picture of that size in its middle would have them, and its white frame."""
    width, height, data = pixels_of(path)
    left, top = (width - wide) // 2, (height - high) // 2

    def colour(x, y):
        place = 3 * ((top + y) * width + left + x)
        return tuple(data[place : place + 3])

    return [colour(wide * (2 * bar + 1) // 16, high // 3) for bar in range(8)] == BARS and all(
        colour(x, y) == (255, 255, 255) for x in (0, wide - 1) for y in (0, high - 1))


def test_card(guest):
    """The doctor's test card must be on the screen, and the screen given back afterwards."""
    board = dict(line.split("=", 1) for line in (guest.share / "board.flat").read_text().splitlines() if "=" in line)
    size = int(board["display.width"]), int(board["display.height"])
    shot = guest.folder / "screen.ppm"
    seen = []

    def look():
        guest.monitor("screendump", filename=str(shot))
        seen.append(shows_test_card(shot, *size))

    part = doctor(guest, "display", meanwhile=look)
    look()
    return row("test card on the screen, and taken away", [verdicts(part)[-1:], any(seen), seen[-1]], [["fine"], True, False])


def battery_charge(guest):
    guest.send(f"battery {CHARGE}")
    part = doctor(guest, "battery")
    guest.send("battery 50")
    return row("battery's charge", [one["charge_percent"] for one in part["devices"]], [CHARGE])


TRIALS = [test_picture, microphone_level, speaker_tone, pins_edges, recording_light, test_card, battery_charge]


def run(boot, programs, firmware, folder):
    """All rows, in one guest."""
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    with Guest(boot, folder) as guest:
        for program in ("sottod", "sotto-drivers"):
            shutil.copy2(firmware.with_name(program), guest.share / program)
        write_flat_board(programs, guest.share / "board.flat")
        say("· what the kernel's own tools list …")
        rows = listed(guest)
        for trial in TRIALS:
            say(f"· {trial.__name__.replace('_', ' ')} …")
            rows.append(trial(guest))
        for one in rows:
            if not one["agrees"]:
                say(f"  DIFFER {one['what']}\n    the doctor: {one['doctor']}\n    the other:  {one['other']}")
        guest.power_off()
        return rows
