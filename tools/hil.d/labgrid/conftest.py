"""What the tests of a lab share: a place's shell, once it has power."""

import pytest
from labgrid.driver import QEMUDriver


@pytest.fixture(scope="session")
def guest(target):
    """The emulated guest behind the target, or None for a real board."""
    drivers = [driver for driver in target.drivers if isinstance(driver, QEMUDriver)]
    return target.get_driver("QEMUDriver") if drivers else None


@pytest.fixture(scope="session")
def shell(target, guest):
    """A shell on the glasses' console. An emulated guest is switched on for it, and off at the end."""
    if guest is not None:
        guest.on()
    yield target.get_driver("ShellDriver")
    if guest is not None:
        guest.off()
