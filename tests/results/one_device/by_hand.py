"""A run with scores given by hand, in memory."""

from pathlib import Path

import numpy as np
import pandas as pd

from fedser.metrics import DEFAULT_METRICS
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.schema import SCHEMA
from fedser.results.one_device.scores import stage_names
from fedser.vocabulary import SCORED_SPLITS, TARGETS


def run_by_hand(matrices, environments=("P", "M", "I")):
    """Return a run whose R is, for each arm, (seeds, stages, environments) for all targets, metrics and splits."""
    rows = []
    stages = stage_names(environments)
    for arm, R in matrices.items():
        for (seed, i, j), value in np.ndenumerate(np.asarray(R, dtype=float)):
            for target in TARGETS:
                for metric in DEFAULT_METRICS:
                    for split in SCORED_SPLITS:
                        key = (seed, arm.method, arm.memory, stages[i], environments[j], split, target, metric)
                        rows += [] if np.isnan(value) else [(*key, value)]
    empty = {name.removesuffix(".csv"): pd.DataFrame(columns=list(columns)) for name, columns in SCHEMA.items()}
    empty["scores"] = pd.DataFrame(rows, columns=list(SCHEMA["scores.csv"]))
    n = max(len(R) for R in matrices.values())
    return RunResults(
        folder=Path("by-hand"),
        record={},
        config="",
        seeds=tuple(range(n)),
        arms=tuple(matrices),
        environments=tuple(environments),
        **empty,
    )
