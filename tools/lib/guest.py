"""A QEMU guest with an ARM processor and the kernel's own stand-ins for hardware: started, spoken to, and ended."""

import contextlib
import ctypes
import json
import os
import platform
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MEGABYTES = 768
PROCESSORS = 2
BOOT_SECONDS = 180  # a busy machine with two processors takes about 20
WAKE_SECONDS = 60  # beyond the time that it was to sleep
STATE_DISK_MEGABYTES = 32
PORTS = ("rig", "output", "errors")


class GuestError(Exception):
    """What went wrong, in words for a person."""


def parts(release=None):
    """The files that the guest boots from, made when they are missing: kernel, initrd, root, and the kernel's version."""
    made = subprocess.run(
        [ROOT / "tools" / "hil.d" / "build", *([release] if release else [])], stdout=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise GuestError("the guest could not be built; what failed stands above")
    return dict(line.split("=", 1) for line in made.stdout.splitlines())


def machine_release():
    """The codename of this machine's own Debian release, None when it is another system."""
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME")
    except OSError:
        return None


def state_disk(path):
    """An empty ext4 file system in a file, for what must outlast the guest's power."""
    with path.open("wb") as file:
        file.truncate(STATE_DISK_MEGABYTES << 20)
    made = subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-F", path], stderr=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise GuestError(f"mke2fs failed: {made.stderr.strip()}")


def _as_a_child():
    """Ends with this process, and goes before other work where that is allowed: what is emulated is slow enough."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -5)


class Monitor:
    """QEMU's machine protocol (QMP): screenshots, reset, and the like."""

    def __init__(self, path):
        self._socket = connected(path)
        self._file = self._socket.makefile("rw")
        json.loads(self._file.readline())
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        self._file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._file.flush()
        while True:
            line = self._file.readline()
            if not line:
                raise GuestError(f"QEMU ended during {command}")
            answer = json.loads(line)
            if "error" in answer:
                raise GuestError(f"QEMU refused {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def close(self):
        self._file.close()
        self._socket.close()


def connected(path, seconds=10):
    """A socket connected to the one that QEMU makes while it starts."""
    ends = time.monotonic() + seconds
    while True:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(str(path))
            return made
        except OSError:
            made.close()
            if time.monotonic() > ends:
                raise GuestError(f"QEMU did not open {path}") from None
            time.sleep(0.02)


class Guest:
    """One boot. Its folder holds `serial.log`, and `share/`, which the guest sees as /host."""

    def __init__(self, boot, folder, state=None, extra=(), wakes_by_key=False):
        self.folder = Path(folder).resolve()
        self.share = self.folder / "share"
        self.share.mkdir(parents=True, exist_ok=True)
        self.serial_log = self.folder / "serial.log"
        # A socket's path may have 107 characters, a folder's many more.
        self._sockets = Path(tempfile.mkdtemp(prefix="sotto-guest-"))
        self._rest = b""
        self.version = boot["version"]
        self._command = self._qemu(boot, state) + list(extra)
        self._wakes_by_key = wakes_by_key
        self.boot_milliseconds = None
        # Gets the agent's lines that nobody waits for.
        self.listener = lambda line: None

    def _qemu(self, boot, state):
        disks = [(boot["root"], "on")] + ([(state, "off")] if state else [])
        words = [
            "qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-smp", str(PROCESSORS), "-m", str(MEGABYTES),
            "-accel", "tcg,thread=multi", "-nodefaults", "-no-user-config", "-display", "none",
            "-kernel", boot["kernel"], "-initrd", boot["initrd"], "-append", "console=ttyAMA0 panic=-1 loglevel=5",
            "-serial", f"file:{self.serial_log}", "-qmp", f"unix:{self._sockets}/qmp,server=on,wait=off",
            "-fsdev", f"local,id=share,path={self.share},security_model=none", "-device", "virtio-9p-pci,fsdev=share,mount_tag=host",
            "-device", "virtio-rng-pci", "-device", "virtio-gpu-pci,xres=640,yres=480",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-serial-pci",
        ]
        for number, (path, read_only) in enumerate(disks):
            words += [
                "-drive", f"if=none,id=disk{number},file={path},format=raw,readonly={read_only}",
                "-device", f"virtio-blk-pci,drive=disk{number}"]
        for name in PORTS:
            words += [
                "-chardev", f"socket,id={name},path={self._sockets}/{name},server=on,wait=off",
                "-device", f"virtserialport,chardev={name},name=sotto.{name}"]
        return words

    def __enter__(self):
        if shutil.which(self._command[0]) is None:
            raise GuestError(f"{self._command[0]} is missing: tools/hil build installs it or says how")
        if self._wakes_by_key:
            self._command += ["-dtb", str(self._tree_with_wake_key())]
        with (self.folder / "qemu.log").open("w") as log:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_as_a_child)
        try:
            self.monitor = Monitor(self._sockets / "qmp")
            self._ports = {name: connected(self._sockets / name) for name in PORTS}
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _tree_with_wake_key(self):
        """QEMU's own device tree of this machine, in which its power key may wake the system."""
        tree = self.folder / "machine.dtb"
        for command in (
            [*self._command, "-machine", f"dumpdtb={tree}"], ["/usr/bin/fdtput", tree, "/gpio-keys/poweroff", "wakeup-source"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
            if done.returncode != 0 or not tree.exists():
                raise GuestError(f"the machine's device tree could not be made: {done.stdout.strip()}")
        return tree

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for opened in [getattr(self, "monitor", None), *getattr(self, "_ports", {}).values()]:
            if opened is not None:
                opened.close()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def wait_ready(self):
        """Waits for the guest's agent. `boot_milliseconds` is the kernel's own time since it was handed over to."""
        words = self.expect("ready", BOOT_SECONDS)
        self.boot_milliseconds = round(float(words[1]) * 1000)

    @property
    def rig_socket(self):
        """The file number of the channel to the agent, to be handed to the rig that speaks to it from now on."""
        return self._ports["rig"]

    # The channel to the agent

    def send(self, line):
        self._ports["rig"].sendall((line + "\n").encode())

    def line(self, seconds):
        """The agent's next line, or None when none comes in that time."""
        ends = time.monotonic() + seconds
        while b"\n" not in self._rest:
            self._ports["rig"].settimeout(max(0.001, min(0.5, ends - time.monotonic())))
            try:
                got = self._ports["rig"].recv(65536)
                if not got:
                    raise GuestError(self._ended())
                self._rest += got
            except TimeoutError:
                if self._has_ended():
                    raise GuestError(self._ended()) from None
                if time.monotonic() >= ends:
                    return None
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r")

    def expect(self, verb, seconds):
        """The words of the agent's next line that begins with the verb."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            line = self.line(ends - time.monotonic())
            if line is None:
                continue
            if line.split(" ", 1)[0] == verb:
                return line.split()
            self.listener(line)
        raise GuestError(f"the guest did not say \"{verb}\" within {seconds:.0f} s; {self.last_words()}")

    def _has_ended(self):
        return self.process.poll() is not None

    def _ended(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        complaint = (self.folder / "qemu.log").read_text().strip()
        return f"the guest has ended; {complaint or self.last_words()}"

    def last_words(self):
        """The end of the serial console, for a message."""
        with contextlib.suppress(OSError):
            lines = self.serial_log.read_text(errors="replace").strip().splitlines()
            if lines:
                return f"its console ends with \"{lines[-1].strip()}\" ({self.serial_log})"
        return f"its console said nothing ({self.serial_log})"

    # Commands

    def shell(self, command, seconds, output=None, errors=None):
        """Runs a command in the guest. What it writes goes to the two binary files as it comes; returns its exit status."""
        mark = secrets.token_hex(8).encode()
        (self.share / "command").write_text(command + "\n")
        self.send(f"shell {mark.decode()}")
        streams = {"output": _Marked(output, mark), "errors": _Marked(errors, mark)}
        self._copy(streams, seconds)
        return int(self.expect("finished", 10)[1])

    def text(self, command, seconds=60):
        """What a command that succeeds prints in the guest."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            status = self.shell(command, seconds, output, errors)
            output.seek(0)
            errors.seek(0)
            if status != 0:
                raise GuestError(f"\"{command}\" ended with {status} in the guest: {errors.read().decode(errors='replace').strip()}")
            return output.read().decode(errors="replace")

    def _copy(self, streams, seconds):
        ends = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            for name in streams:
                self._ports[name].setblocking(False)
                selector.register(self._ports[name], selectors.EVENT_READ, name)
            while not all(stream.is_complete for stream in streams.values()):
                if time.monotonic() > ends:
                    raise GuestError(f"the command did not end within {seconds:.0f} s; {self.last_words()}")
                for key, _ in selector.select(timeout=0.5):
                    got = key.fileobj.recv(65536)
                    if not got:
                        raise GuestError(self._ended())
                    streams[key.data].take(got)

    def suspend(self, seconds):
        """Lets the whole system sleep until its clock wakes it; returns the milliseconds that it slept by its own clock."""
        self.send(f"suspend {seconds}")
        return int(self.expect("slept", seconds + WAKE_SECONDS)[1])

    def screenshot(self, path):
        """The display as a PNG file."""
        self.monitor("screendump", filename=str(path), format="png")

    def cut_power(self):
        """Takes the power away and gives it back: what was not on the state disk is gone. Waits until the agent is there again."""
        self.monitor("system_reset")
        self._rest = b""
        self.wait_ready()

    def power_off(self, seconds=30):
        """Ends the guest in order."""
        self.send("off")
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise GuestError(f"the guest did not power off within {seconds} s; {self.last_words()}") from None


class _Marked:
    """Copies a stream up to a mark, which may come in pieces."""

    def __init__(self, file, mark):
        self._file = file
        self._mark = mark
        self._held = b""
        self.is_complete = False

    def take(self, got):
        self._held += got
        if self._held.endswith(self._mark):
            self.is_complete = True
            ready, self._held = self._held[: -len(self._mark)], b""
        else:
            keep = len(self._mark) - 1
            ready, self._held = self._held[:-keep], self._held[-keep:]
        if self._file is not None and ready:
            self._file.write(ready)
            self._file.flush()
