"""scores.csv: one row per seed, arm, stage, environment, split, target and metric, in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.metrics import DEFAULT_METRICS
from fedser.protocol.arms import arms_of
from fedser.results import files
from fedser.results.arms import Arm
from fedser.results.one_device.schema import SCHEMA
from fedser.vocabulary import SCORED_SPLITS, TARGETS


def stage_names(environments: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the stages: each environment joined to those before it.

    >>> stage_names(["P", "M", "I"])
    ('P', 'P+M', 'P+M+I')
    """
    return tuple(accumulate(environments, "{}+{}".format))


@dataclass(frozen=True)
class Order:
    """The order a config gives; rows are sorted by it, not by the time they were computed."""

    seeds: Sequence[int]
    arms: Sequence[Arm]
    environments: Sequence[str]
    metrics: Sequence[str] = DEFAULT_METRICS


def sort_rows(frame: pd.DataFrame, order: Order) -> pd.DataFrame:
    """Return rows of any CSV of a run in the canonical order; columns a file does not have are passed over.

    Seed, arm, stage, environment, split, target and metric as `order` and this module name them, then epoch
    and utterance ascending. Raises ValueError for a value that `order` does not know.
    """
    ranks = pd.DataFrame(index=frame.index)
    known: dict[str, Sequence[object]] = {
        "seed": order.seeds,
        "arm": order.arms,
        "stage": stage_names(order.environments),
        "environment": order.environments,
        "split": SCORED_SPLITS,
        "target": TARGETS,
        "metric": order.metrics,
    }
    for key, values in known.items():
        cells = _arms_of(frame) if key == "arm" else frame.get(key)
        if cells is None:
            continue
        place = {value: rank for rank, value in enumerate(values)}
        strangers = [cell for cell in cells if cell not in place]
        if strangers:
            raise ValueError(f"{key} {strangers[0]!r} is not in the order {list(values)}")
        ranks[key] = [place[cell] for cell in cells]
    for key in ("epoch", "utterance"):
        if key in frame:
            ranks[key] = frame[key]
    return frame.loc[ranks.sort_values(list(ranks.columns), kind="stable").index].reset_index(drop=True)


def write_scores(folder: Path, scores: pd.DataFrame, order: Order) -> Path:
    """Write scores.csv: the same rows in any order give the same bytes, and floats read back exactly."""
    return files.write(folder, "scores.csv", sort_rows(scores, order), SCHEMA)


def read_scores(folder: Path) -> pd.DataFrame:
    """Return scores.csv; raises RunError if a cell is not what its column holds."""
    scores = files.read(folder, "scores.csv", SCHEMA)
    for column, allowed in (("split", SCORED_SPLITS), ("target", TARGETS)):
        files.one_of(scores, column, allowed, folder / "scores.csv")
    return scores


def score_matrices(scores: pd.DataFrame, order: Order) -> dict[tuple[Arm, str, str, str], NDArray[np.float64]]:
    """Return R for every (arm, target, metric, split): (seeds, stages, environments), read-only.

    NaN where nothing was scored. `scores` must hold no names that `order` does not.
    """
    stages = stage_names(order.environments)
    shape = (len(order.seeds), len(stages), len(order.environments))
    keys = product(order.arms, TARGETS, order.metrics, SCORED_SPLITS)
    matrices = {key: np.full(shape, np.nan) for key in keys}
    places: list[dict[object, int]] = [
        {value: place for place, value in enumerate(axis)} for axis in (order.seeds, stages, order.environments)
    ]
    columns = [scores[column].tolist() for column in SCHEMA["scores.csv"]]
    for seed, method, memory, stage, environment, split, target, metric, value in zip(*columns, strict=True):
        where = (places[0][seed], places[1][stage], places[2][environment])
        matrices[Arm(method, memory), target, metric, split][where] = value
    for R in matrices.values():
        R.setflags(write=False)
    return matrices


def _arms_of(frame: pd.DataFrame) -> list[Arm] | None:
    return arms_of(frame) if "method" in frame else None
