"""What a pair of glasses in a lab must do, whichever they are. `sottod` and the flat board file lie in /host, or where `SOTTO_ON_BOARD` says."""

import os

import pytest

FOLDER = os.environ.get("SOTTO_ON_BOARD", "/host")


def test_the_processor_is_the_one_that_we_build_for(shell):
    assert shell.run_check("uname -m") == ["aarch64"]


def test_the_pure_core_works(shell):
    assert shell.run_check(f"{FOLDER}/sottod --self-test", timeout=120)[-1] == "end"


def test_the_firmware_gets_ready_and_ends_when_asked(shell):
    shell.run_check(
        f"rm -rf /tmp/lab && mkdir /tmp/lab && {{ {FOLDER}/sottod --board {FOLDER}/board.flat --state /tmp/lab/state "
        "--trace /tmp/lab/trace 2>/tmp/lab/words & echo $! >/tmp/lab/process; }")
    shell.run_check("for i in $(seq 100); do grep -q '\"cat\":\"state\"' /tmp/lab/trace && break; sleep 0.2; done", timeout=60)
    assert shell.run_check("grep -c '\"cat\":\"state\"' /tmp/lab/trace")[0] != "0"
    shell.run_check("kill $(cat /tmp/lab/process); wait; cat /tmp/lab/words", timeout=30)


def test_the_camera_streams(shell):
    node = shell.run_check(f"sed -n 's/^devices.camera=//p' {FOLDER}/board.flat")[0]
    formats = "\n".join(shell.run_check(f"v4l2-ctl -d {node} --all"))
    assert "Video Capture" in formats


def test_a_line_that_is_pulled_is_read(shell, guest):
    if guest is None:
        pytest.skip("on a real board the lab's own outputs press the button")
    chip = "$(gpiodetect | sed -n 's/ .sotto-sim.*//p')"
    for pull, level in (("up", "1"), ("down", "0")):
        shell.run_check(f"/rig/devices pull wear {pull}")
        assert shell.run_check(f"gpioget {chip} 1") == [level]


def test_a_camera_that_refuses_says_so(shell, guest):
    if guest is None:
        pytest.skip("only the guest's camera can be told to fail")
    shell.run_check("v4l2-ctl -d /dev/video1 -c inject_vidioc_streamon_error=1")
    words, _, _ = shell.run("v4l2-ctl -d /dev/video1 --stream-mmap --stream-count=2 2>&1", timeout=60)
    assert any("STREAMON" in line for line in words)


def test_the_display_shows_what_is_painted(shell, guest, tmp_path):
    if guest is None:
        pytest.skip("only QEMU takes a screenshot")
    # Each command has a shell of its own. The pattern stays until modetest's input says something.
    shell.run_check(
        "connector=$(modetest -M virtio_gpu -c 2>/dev/null | awk '$3 == \"connected\" { print $1; exit }'); "
        "sleep 60 | modetest -M virtio_gpu -s $connector:640x480 >/dev/null 2>&1 &", timeout=60)
    picture = tmp_path / "screen.ppm"

    def shows_pattern():
        guest.monitor("screendump", filename=str(picture))
        pixels = picture.read_bytes()
        return pixels.startswith(b"P6\n640 480\n255\n") and len(set(pixels[15::997])) > 8

    # An emulated processor on a busy machine takes its time to set a mode.
    seen = any(shows_pattern() or shell.run("sleep 1") is None for _ in range(40))
    shell.run("pkill modetest")
    assert seen, "no test pattern on the screen"
