"""What the tests of a lab share: a place's shell, once it has power."""

import os
import sys
from pathlib import Path

import pytest
from labgrid.driver import QEMUDriver

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))
from guest_labgrid import LabGuest  # noqa: E402


@pytest.fixture(scope="session")
def guest(target):
    """The emulated guest behind the target, switched on for the tests and off after them, or None for a real board."""
    if not any(isinstance(driver, QEMUDriver) for driver in target.drivers):
        yield None
        return
    with LabGuest(target.get_driver("QEMUDriver"), os.environ["SOTTO_LAB"], os.environ["SOTTO_LAB_SOCKETS"]) as guest:
        yield guest


@pytest.fixture(scope="session")
def shell(target, guest):
    """A shell on the glasses' console."""
    return target.get_driver("ShellDriver")
