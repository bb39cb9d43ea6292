"""One finished run of the shipped smoke configuration, and the command on the tiny corpora."""

from pathlib import Path

import pytest

from fedser.config import load
from simulations.moving.config import MovingConfig
from simulations.moving.run import run_moving
from simulations.sources import RunContext, Sources

SMOKE_CONFIG = Path(__file__).parents[3] / "configs" / "smoke_devices.toml"


@pytest.fixture(scope="session")
def smoke_config():
    return SMOKE_CONFIG


@pytest.fixture(scope="session")
def smoke(tmp_path_factory, cache_folder):
    """The run folder of `fedser simulate configs/smoke_devices.toml --seeds 1 --workers 1`."""
    folder = tmp_path_factory.mktemp("smoke") / "run"
    config = load(SMOKE_CONFIG, MovingConfig, ["seeds=1"])
    run_moving(config, RunContext(folder, Sources(), workers=1))
    return folder


@pytest.fixture
def simulate(fedser, moving, tiny, tmp_path):
    """Run the command with options changed; returns (exit code, stdout, stderr)."""

    def run(*changes, config=None, extra=()):
        options = [part for change in changes for part in ("--set", change)]
        place = ["--data", tiny.data, "--run", tmp_path / "run", "--workers", 1]
        return fedser("simulate", config or moving, *place, *options, *extra)

    return run
