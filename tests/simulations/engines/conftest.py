"""The smoke configuration, cut to what an engine that takes seconds a round can afford."""

import hashlib
from pathlib import Path

import pytest

from fedser.config import load
from simulations.moving.config import MovingConfig
from simulations.moving.run import run_moving
from simulations.sources import RunContext, Sources

CONFIGS = Path(__file__).parents[3] / "configs"


def digests_of(run):
    """Return the hashes of what every engine must agree on: scores, visits, and the weights of every arm."""
    names = ["scores.csv", "visits.csv", "prequential.csv"]
    files = [run / name for name in names] + sorted((run / "checkpoints").rglob("server.safetensors"))
    assert len(files) > len(names)
    return {str(file.relative_to(run)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="session")
def smoke():
    """The smoke configuration's path."""
    return CONFIGS / "smoke_devices.toml"


@pytest.fixture(scope="session")
def simulate(smoke):
    """Run the smoke configuration with some changes; returns the hashes of its results."""

    def run(folder, engine, changes):
        run_moving(load(smoke, MovingConfig, changes), RunContext(folder, Sources(), 1, engine=engine))
        return digests_of(folder)

    return run
