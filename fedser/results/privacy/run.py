"""A finished privacy study, read."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fedser.results import files
from fedser.results.privacy.schema import SCHEMA
from fedser.results.record import Record, read_config, read_finished
from fedser.results.untouched import check_untouched

ATTACK, FRONTIER = "attack", "frontier"
"""What run.json calls these kinds of run."""


@dataclass(frozen=True)
class AttackRun:
    """What attacks on a federation found."""

    folder: Path
    record: Record
    config: str
    """config.toml as text."""
    findings: pd.DataFrame
    """attacks.csv."""


@dataclass(frozen=True)
class FrontierRun:
    """What privacy cost and bought under every noise and memory capacity."""

    folder: Path
    record: Record
    config: str
    """config.toml as text."""
    cells: pd.DataFrame
    """frontier.csv."""


def read_attack_run(folder: Path) -> AttackRun:
    """Return the study in a folder; raises RunError, in one line, if it is not a finished one."""
    record = read_finished(folder, ATTACK)
    run = AttackRun(folder, record, read_config(folder), files.read(folder, "attacks.csv", SCHEMA))
    check_untouched(folder, record)
    return run


def read_frontier_run(folder: Path) -> FrontierRun:
    """Return the sweep in a folder; raises RunError, in one line, if it is not a finished one."""
    record = read_finished(folder, FRONTIER)
    run = FrontierRun(folder, record, read_config(folder), files.read(folder, "frontier.csv", SCHEMA))
    check_untouched(folder, record)
    return run
