"""What the rows of a moving-devices run must be, beyond their columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.errors import RunError
from fedser.protocol.arms import COLUMNS, Arm
from fedser.results import files
from fedser.results.moving.order import MovingOrder, arm_places
from fedser.results.moving.schema import ALL, MODELS, OUTCOMES, SCHEMA, SERVER
from fedser.vocabulary import TARGETS

_KEYS = {
    "scores.csv": list(SCHEMA["scores.csv"])[:-1],
    "visits.csv": ["seed", "device", "round"],
    "costs.csv": ["seed", *COLUMNS, "round", "device"],
    "prequential.csv": ["seed", *COLUMNS, "round", "device", "environment", "target"],
}


def check_rows(path: Path, frame: pd.DataFrame, order: MovingOrder, devices: int, rounds: int) -> None:
    """Raise RunError, naming file and line, at the first row that the run's record contradicts."""
    allowed: dict[str, Sequence[object]] = {
        "seed": order.seeds,
        "environment": order.environments,
        "split": ("test",),
        "target": TARGETS,
        "metric": order.metrics,
        "model": MODELS,
        "outcome": OUTCOMES,
        "available": (0, 1),
    }
    for column, values in allowed.items():
        if column in frame:
            files.one_of(frame, column, values, path)
    _check_arms(path, frame, order)
    first = 0 if path.name == "scores.csv" else 1
    if "round" in frame:
        _check_numbers(path, frame, "round", range(first, rounds + 1))
    if "device" in frame:
        _check_numbers(path, frame, "device", range(devices))
    twice = frame.duplicated(_KEYS[path.name]) if path.name in _KEYS else np.zeros(len(frame), dtype=np.bool_)
    if twice.any():
        line = int(np.flatnonzero(twice)[0]) + 2
        raise RunError(f"{path}: line {line} says the same thing as a line before it; expected each once")


def _check_arms(path: Path, frame: pd.DataFrame, order: MovingOrder) -> None:
    if "mode" not in frame:
        return
    strangers = np.flatnonzero(arm_places(frame, order.arms) < 0)
    if strangers.size:
        row = frame.iloc[int(strangers[0])]
        arm = Arm(**{column: str(row.get(column, "")) for column in COLUMNS})
        known = ", ".join(one.label for one in order.arms)
        line = int(strangers[0]) + 2
        raise RunError(f"{path}: line {line}: {arm.label} is no arm of the run, expected one of {known}")


def _check_numbers(path: Path, frame: pd.DataFrame, column: str, allowed: range) -> None:
    known = {SERVER, ALL, *map(str, allowed)} if frame[column].dtype != np.int64 else set(allowed)
    strangers = set(frame[column].unique()) - known
    for line, cell in enumerate(frame[column] if strangers else (), start=2):
        if cell in strangers:
            raise RunError(
                f"{path}: line {line}: {column} is {cell}, expected {allowed.start} to {allowed.stop - 1}"
            )
