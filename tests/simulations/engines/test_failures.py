"""A device's bug is told and logged alike on every engine."""

import sys

import pytest

from clients.failures import LOG, REASON, failures_in
from fedser import plugins
from simulations.engines import deployment, inprocess, ray
from simulations.moving.failures import failure_warnings
from simulations.moving.outcome import write_results
from tests.simulations.moving.small_federation import ACOUSTICS, files_of, prepared

MODULE = """
import fedser


@fedser.register
class Stumbling(fedser.Strategy):
    name = "stumbling"
    title = "Stumbling"
    does = "is broken."

    def arrive(self, state, visit):
        return state | None if visit.environment == "office" else state
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run folder whose method fails on device 1 of two in round 1, and on device 0 in round 2."""
    before = dict(plugins._registered["strategies"])
    monkeypatch.setattr(plugins, "_folders", [])
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "stumbling_everywhere.py").write_text(MODULE)
    plugins.look_in(tmp_path)
    plugins.load_modules(["stumbling_everywhere"])
    changes = {"arms": ["federated:stumbling"], "devices": {"count": 2}, "rounds": 2}
    yield lambda folder: prepared(folder, **changes, plugins={"modules": ["stumbling_everywhere"]})
    plugins._registered["strategies"].clear()
    plugins._registered["strategies"].update(before)
    sys.modules.pop("stumbling_everywhere")


ENGINES = [
    inprocess,
    pytest.param(ray, marks=pytest.mark.engine),
    pytest.param(deployment, marks=pytest.mark.engine),
]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__.rpartition(".")[2])
def test_a_bug_is_told_by_its_place_and_logged_with_its_traceback(run, tmp_path, engine):
    folder = tmp_path / "run"
    config = run(folder)
    engine.run_federation(folder, 2, 2)
    records = files_of(folder, "federated:stumbling").read_records()
    told = [failure for record in records for failure in record.get("failures", [])]
    assert told == [{"device": device, "error": REASON, "bug": False} for device in (1, 0)]
    said = "TypeError: unsupported operand type(s) for |: 'dict' and 'NoneType'"
    assert failures_in(folder / LOG) == {
        (0, "federated:stumbling", 2 - device, str(device)): (said, True) for device in (0, 1)
    }
    assert (folder / LOG).read_text().count("Traceback (most recent call last):") == 2
    warnings = write_results(folder, config, ACOUSTICS)
    assert any(
        f"a bug on devices 0 and 1, twice, first on device 1 in round 1: {said}" in line for line in warnings
    )
    assert warnings == list(failure_warnings(folder, 0, config.parsed_arms()[0], records))
