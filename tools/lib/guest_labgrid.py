"""The guest as labgrid's QEMUDriver starts and ends it, and scenarios on it: for the tests of a lab, which run in labgrid's own environment."""

from pathlib import Path

from guest import PORTS, Guest, connected, state_disk
from guest_scenarios import Rig


class LabGuest(Guest):
    """Its folder holds `share/` and `state.ext4`, the other the sockets, as `guest_lab.guest_configuration` names them."""

    def __init__(self, driver, folder, sockets):
        self.folder = Path(folder).resolve()
        self.share = self.folder / "share"
        self.serial_log = self.folder / "console_main"
        self._driver = driver
        self._sockets = Path(sockets)
        self._rest = b""
        self.boot_milliseconds = None
        self.listener = lambda line: None

    def __enter__(self):
        state_disk(self.folder / "state.ext4")
        self._rest = b""
        self._driver.on()
        # The agent ends when it finds nobody at the other end of its channel.
        self._ports = {name: connected(self._sockets / name) for name in PORTS}
        return self

    def __exit__(self, *_):
        for opened in self._ports.values():
            opened.close()
        self._driver.off()

    def monitor(self, command, **words):
        return self._driver.monitor_command(command, words)

    def _has_ended(self):
        return not self._driver.status

    def _ended(self):
        return "labgrid has switched the guest off"

    def cycle(self):
        """Off and on again, with nothing left of what it was."""
        self.__exit__()
        self.__enter__()


class LabRig(Rig):
    """Scenarios on the guest that the lab's tests share."""

    def __init__(self, guest, programs, firmware, folder):
        super().__init__(None, programs, firmware, folder)
        self._machine = guest
        self._is_fresh = True

    def _new_guest(self):
        if not self._is_fresh:
            self._machine.cycle()
        self._is_fresh = False
        self._machine.wait_ready()
        return self._machine

    def _end_guest(self):
        self._guest = None

