"""Every configuration that is shipped can be read, and says the command that runs it."""

from pathlib import Path

import pytest

from fedser.config import load
from fedser.values import read_values
from simulations.kinds import kind_of_values
from simulations.moving.config import MovingConfig
from simulations.one_device.config import PaperConfig
from simulations.privacy_studies.config import AttackConfig, FrontierConfig

REPOSITORY = Path(__file__).parent.parent
KINDS = {
    "paper": PaperConfig,
    "demo": PaperConfig,
    "simulate": MovingConfig,
    "privacy attack": AttackConfig,
    "privacy frontier": FrontierConfig,
}
CONFIGS = sorted((REPOSITORY / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_are_valid(path):
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    command = next(command for command in KINDS if first.startswith(f"# fedser {command}"))
    config = load(path, KINDS[command])
    assert kind_of_values(read_values(path)).config is KINDS[command]
    if isinstance(config, PaperConfig | MovingConfig):
        config.check()
    assert first.startswith(f"# fedser {command} configs/{path.name}") or first == "# fedser demo"
    assert 10 < len(second.removeprefix("# ")) < 80, "what it is, in a line, for `fedser configs`"


def test_there_are_some():
    assert {"demo", "open_corpora", "own_corpora"} <= {path.stem for path in CONFIGS}
