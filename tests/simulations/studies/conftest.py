"""Two small studies of the tiny experiment, run once for all tests."""

import pytest

from simulations.kinds import read_experiment
from simulations.sources import RunContext, Sources

MEMORY = """
base = "{base}"

[common]
seeds = 1
arms = ["finetuning", "exper", "joint"]
environments = ["home", "office"]

[common.training]
max_epochs = 3

[[axes]]
name = "memory"
key = "memory.capacity"
values = [4, 9]

[[axes]]
name = "order"
key = "environments"
values = [["home", "office"], ["office", "home"]]
"""


def run_study(file, tiny, folder, workers=1):
    """Run a study in this process."""
    kind, settings = read_experiment(file, (), "study")
    return kind.run(
        settings, RunContext(folder, Sources(tiny.data), workers, config_file=file, command="fedser study")
    )


@pytest.fixture(scope="session")
def memory_study(tiny, tmp_path_factory):
    """The file of a study of 2 × 2 cells."""
    file = tmp_path_factory.mktemp("study") / "memory.toml"
    file.write_text(MEMORY.format(base=tiny.config))
    return file


@pytest.fixture(scope="session")
def studied(memory_study, tiny, tmp_path_factory, cache_folder):
    """Its folder, run by one process."""
    folder = tmp_path_factory.mktemp("studied") / "run"
    run_study(memory_study, tiny, folder)
    return folder
