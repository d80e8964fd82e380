"""Glasses in a lab, through labgrid: its pytest rig drives the emulated guest with QEMUDriver, or a place of a coordinator. Scenarios are
played on the guest alone: a place has nothing that presses, speaks or holds up pictures."""

import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from glasses import ROOT, say
from guest import MEGABYTES, PORTS, PROCESSORS, GuestError
from guest_scenarios import write_flat_board

FOLDER = ROOT / "tools" / "hil.d" / "labgrid"
TEST_SECONDS = 3600  # every scenario one after the other
PROMPT = "rig# "
PLAY = "test_a_scenario_is_played["


def environment(cache):
    """A Python environment with labgrid, made when it is missing; the path of its python."""
    wanted = (FOLDER / "requirements.txt").read_text()
    folder = Path(cache) / "hil" / "labgrid"
    stamp = folder / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        say("· installing labgrid from PyPI …")
        shutil.rmtree(folder, ignore_errors=True)
        for command in (
            ["/usr/bin/python3", "-m", "venv", folder],
            [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", FOLDER / "requirements.txt"],
        ):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                raise GuestError(f"labgrid could not be installed:\n{done.stdout[-2000:]}")
        stamp.write_text(wanted)
    return folder / "bin" / "python"


def fill_share(share, programs, firmware):
    """The firmware and the guest's flat board file, in the folder that the guest sees as /host."""
    share.mkdir(parents=True, exist_ok=True)
    shutil.copy2(firmware, share / "sottod")
    write_flat_board(programs, share / "board.flat")


def guest_configuration(boot, folder, sockets):
    """labgrid's configuration of the emulated guest, which sees `share` of the folder and has the agent's channels as sockets."""
    channels = " ".join(
        f"-chardev socket,id={name},path={sockets}/{name},server=on,wait=off -device virtserialport,chardev={name},name=sotto.{name}"
        for name in PORTS)
    return f"""targets:
  main:
    drivers:
      QEMUDriver:
        qemu_bin: qemu
        machine: virt,gic-version=3
        cpu: cortex-a53
        memory: {MEGABYTES}M
        kernel: kernel
        display: fb-headless
        boot_args: "console=ttyAMA0 panic=-1 loglevel=3 rig.console"
        extra_args: >-
          -smp {PROCESSORS} -nodefaults -no-reboot -initrd {boot['initrd']}
          -drive if=none,id=root,file={boot['root']},format=raw,readonly=on -device virtio-blk-pci,drive=root
          -drive if=none,id=state,file={folder}/state.ext4,format=raw -device virtio-blk-pci,drive=state
          -fsdev local,id=share,path={folder}/share,security_model=none -device virtio-9p-pci,fsdev=share,mount_tag=host
          -device virtio-rng-pci -device virtio-gpu-pci,xres=640,yres=480
          -netdev user,id=net -device virtio-net-pci,netdev=net,romfile=
          -device virtio-serial-pci {channels}
      ShellDriver:
        prompt: '{PROMPT}'
        login_prompt: ' login: '
        username: root
        login_timeout: 180
images:
  kernel: {boot['kernel']}
tools:
  qemu: /usr/bin/qemu-system-aarch64
"""


def place_configuration(place):
    """labgrid's configuration of a place that has a serial console with a root shell behind a login."""
    return f"""targets:
  main:
    resources:
      RemotePlace: {{name: {place}}}
    drivers:
      SerialDriver: {{}}
      ShellDriver: {{prompt: 'root@[^ ]*# ', login_prompt: ' login: ', username: root, login_timeout: 180}}
"""


def played(case):
    """The scenario that a case has played, None for the lab's other tests."""
    name = case["scenario"]
    return name[len(PLAY):-1] if name.startswith(PLAY) else None


def run(folder, configuration, cache, words):
    """Runs the lab's tests; returns what came of each: `scenario`, `outcome`, `reason`. `words` are variables that the tests read."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file, report = folder / "lab.yaml", folder / "lab.xml"
    file.write_text(configuration)
    report.unlink(missing_ok=True)
    python = environment(cache)
    say("· running the lab's tests …")
    with (folder / "lab.log").open("w") as log:
        try:
            subprocess.run(
                [python, "-m", "pytest", FOLDER, "--lg-env", file, "--lg-log", folder, "--junit-xml", report, "-p", "no:cacheprovider"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=TEST_SECONDS,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **words})
        except subprocess.TimeoutExpired:
            raise GuestError(f"the lab's tests did not end within {TEST_SECONDS} s; see {folder / 'lab.log'}") from None
    if not report.exists():
        raise GuestError(f"the lab's tests left no report; see {folder / 'lab.log'}")
    cases = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        broken = case.find("failure") if case.find("failure") is not None else case.find("error")
        left_out = case.find("skipped")
        outcome = "failed" if broken is not None else "skipped" if left_out is not None else "passed"
        told = broken if broken is not None else left_out
        cases.append({
            "scenario": case.get("name"), "outcome": outcome,
            "reason": ((told.get("message") or "") if told is not None else "").split("\n")[0]})
    return cases
