"""Runs in one process know nothing of one another, although they may lie in the same folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulations.kinds import read_experiment
from simulations.sources import RunContext, Sources

REPOSITORY = Path(__file__).parents[2]

OPTIONS = {
    "moving": [
        ["training.learning_rate=0.05", "adaptation.epochs=1"],
        ["training.learning_rate=0.01", "adaptation.epochs=2"],
    ],
    "one-device": [["training.max_epochs=3"], ["training.max_epochs=5", "memory.capacity=4"]],
}
"""What differs between two runs."""

FEW = {"moving": ["seeds=1", 'arms=["federated:exper"]'], "one-device": ["seeds=1", 'arms=["gem"]']}
"""One arm and seed will do."""


def run(config, changes, folder, data):
    """Run in this process; return scores.csv."""
    experiment, settings = read_experiment(config, changes)
    experiment.run(settings, RunContext(folder, Sources(data), workers=1))
    return (folder / "scores.csv").read_bytes()


def run_in_a_fresh_process(config, changes, folder, data):
    command = "simulate" if "moving" in config.name else "paper"
    options = [part for change in changes for part in ("--set", change)]
    arguments = [command, config, "--data", data, "--run", folder, "--workers", "1", *options]
    process = [sys.executable, "-m", "simulations.cli", *map(str, arguments)]
    subprocess.run(process, cwd=REPOSITORY, check=True, capture_output=True)
    return (folder / "scores.csv").read_bytes()


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_two_runs_one_after_the_other_in_the_same_folder(tiny, moving, tmp_path, kind):
    config = moving if kind == "moving" else tiny.config
    folder, found = tmp_path / "run", []
    for changes in OPTIONS[kind]:
        found.append(run(config, [*FEW[kind], *changes], folder, tiny.data))
        shutil.rmtree(folder)
    assert found[0] != found[1]
    changes = [*FEW[kind], *OPTIONS[kind][1]]
    assert found[1] == run_in_a_fresh_process(config, changes, tmp_path / "fresh", tiny.data)


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_other_speech_where_the_first_lay(tiny, moving, tmp_path, kind):
    """The same configuration, the same folders, other files in them."""
    config = moving if kind == "moving" else tiny.config
    folder, data, found = tmp_path / "run", tmp_path / "data", []
    shutil.copytree(tiny.data, data)
    found.append(run(config, FEW[kind], folder, data))
    shutil.rmtree(folder)
    shutil.rmtree(data / "home")
    shutil.copytree(tiny.data / "street", data / "home")
    found.append(run(config, FEW[kind], folder, data))
    assert found[0] != found[1]
    assert found[1] == run_in_a_fresh_process(config, FEW[kind], tmp_path / "fresh", data)
