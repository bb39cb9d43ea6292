"""The order of the rows in the files of a moving-devices run: by what they are, not by when they were computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.metrics import DEFAULT_METRICS
from fedser.protocol.arms import COLUMNS, Arm
from fedser.results import files
from fedser.results.cells import FINITE
from fedser.results.moving.schema import ALL, MODELS, SCHEMA, SERVER
from fedser.vocabulary import SCORED_SPLITS, TARGETS

_UNIT = "\x1f"
"""Between the parts of an arm; no name holds it."""


@dataclass(frozen=True)
class MovingOrder:
    """The order a config gives."""

    seeds: Sequence[int]
    arms: Sequence[Arm]
    environments: Sequence[str]
    metrics: Sequence[str] = DEFAULT_METRICS


def write_moving(folder: Path, name: str, frame: pd.DataFrame, order: MovingOrder) -> Path:
    """Write a file of SCHEMA: the same rows in any order give the same bytes, and floats read back exactly."""
    rows = sort_moving(frame, order)
    # A count of bytes is written the same whether it was computed as a whole number or not.
    numbers = [column for column, kind in SCHEMA[name].items() if kind is FINITE and column in rows]
    return files.write(folder, name, rows.astype(dict.fromkeys(numbers, "float64")), SCHEMA)


def sort_moving(frame: pd.DataFrame, order: MovingOrder) -> pd.DataFrame:
    """Return rows of any file of a moving-devices run in the canonical order.

    By seed, arm, round, device (the server first, then all devices, then each), environment, split, target,
    metric, model and condition, as far as the file has these. Raises ValueError for a value that `order` does
    not know.
    """
    frame = frame.reset_index(drop=True)
    ranks = pd.DataFrame(index=frame.index)
    known: dict[str, Sequence[object]] = {
        "seed": order.seeds,
        "environment": order.environments,
        "split": SCORED_SPLITS,
        "target": TARGETS,
        "metric": order.metrics,
        "model": MODELS,
    }
    for key in (
        "seed",
        "arm",
        "round",
        "device",
        "environment",
        "split",
        "target",
        "metric",
        "model",
        "condition",
    ):
        if key == "arm" and "mode" in frame:
            ranks[key] = _all_known(key, arm_places(frame, order.arms), order.arms)
        elif key in frame and key in known:
            ranks[key] = _all_known(key, places(frame[key], known[key]), known[key])
        elif key in frame:
            ranks[key] = device_numbers(frame[key]) if key == "device" else frame[key]
    return frame.loc[ranks.sort_values(list(ranks.columns), kind="stable").index].reset_index(drop=True)


def places(cells: "pd.Series[Any]", values: Sequence[object]) -> NDArray[np.int64]:
    """Return where in `values` each cell is, −1 for one that is not there."""
    return pd.Index(list(values)).get_indexer(pd.Index(cells)).astype(np.int64)


def arm_places(frame: pd.DataFrame, arms: Sequence[Arm]) -> NDArray[np.int64]:
    """Return where in `arms` the arm of each row is, −1 for one that is not there."""
    names = [_UNIT.join(getattr(arm, column) for column in COLUMNS) for arm in arms]
    cells = [frame[column].tolist() if column in frame else [""] * len(frame) for column in COLUMNS]
    return places(pd.Series(list(map(_UNIT.join, zip(*cells, strict=True))), dtype=object), names)


def device_numbers(cells: "pd.Series[Any]") -> NDArray[np.int64]:
    """Return the number of each row's device: −2 for the server, −1 for all."""
    numbers = {
        cell: {SERVER: -2, ALL: -1}[cell] if cell in (SERVER, ALL) else int(cell) for cell in cells.unique()
    }
    return cells.map(numbers).to_numpy(np.int64)


def _all_known(key: str, found: NDArray[np.int64], values: Sequence[object]) -> NDArray[np.int64]:
    if (found < 0).any():
        raise ValueError(f"{key} of row {int(np.argmax(found < 0))} is not in the order {list(values)}")
    return found
