"""Scenarios, from the same files as on every rig, on a guest that labgrid drives. `SOTTO_LAB_SCENARIOS` names them."""

import os
from pathlib import Path

import pytest
from guest_labgrid import LabRig
from guest_scenarios import named


@pytest.fixture(scope="module")
def rig(guest, shell):
    if guest is None:
        pytest.skip("a place has nothing that presses, speaks or holds up pictures")
    programs, firmware = Path(os.environ["SOTTO_LAB_PROGRAMS"]), Path(os.environ["SOTTO_LAB_FIRMWARE"])
    with LabRig(guest, programs, firmware, Path(os.environ["SOTTO_LAB"]) / "scenarios") as rig:
        yield rig


@pytest.mark.parametrize("name", os.environ.get("SOTTO_LAB_SCENARIOS", "").split())
def test_a_scenario_is_played(rig, name):
    result = rig.play(named([name])[0])
    if result.outcome == "skipped":
        pytest.skip(result.reason)
    assert result.outcome == "passed", result.reason
