"""Every configuration that is shipped can be read, and says the command that runs it."""

from pathlib import Path

import pytest

from fedser.config import load
from simulations.cli import DEMO
from simulations.config import PaperConfig

REPOSITORY = Path(__file__).parent.parent
CONFIGS = sorted((REPOSITORY / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", [*CONFIGS, DEMO], ids=lambda path: path.stem)
def test_shipped_configurations_are_valid(path):
    config = load(path, PaperConfig)
    config.check()
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(f"# fedser paper configs/{path.name}") or path == DEMO


def test_there_are_some():
    assert {"open_corpora", "own_corpora"} <= {path.stem for path in CONFIGS}
