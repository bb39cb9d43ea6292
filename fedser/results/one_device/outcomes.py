"""What a run of one device comes to, seed by seed: the scores at the end, what was forgotten, and what it cost."""

from itertools import product

import numpy as np
import pandas as pd

from fedser.metrics import transfer
from fedser.results.files import CsvRow
from fedser.results.one_device.run import RunResults
from fedser.results.outcomes import ALL, outcome_rows
from fedser.vocabulary import TARGETS

SHOWN = ("ccc", "ccc forgetting")
"""The measures to look at first."""


def outcomes(run: RunResults) -> pd.DataFrame:
    """Return a row for each seed, arm, environment, target and measure.

    `ccc`, `uar`, …: on the test split after the last stage, of each environment and as the mean over all; with
    " forgetting", " BWT" and " FWT" behind it the measures of `fedser.metrics.transfer`, of arms with all stages.
    """
    rows: list[CsvRow] = []
    for arm, target, metric in product(run.arms, TARGETS, run.metrics):
        R = run.R(arm, target, metric)
        of = {name: R[:, -1, k] for k, name in enumerate(run.environments)} | {ALL: R[:, -1].mean(axis=1)}
        for environment, values in of.items():
            rows += outcome_rows(arm.name, environment, target, metric, values, run.seeds)
        if len(run.environments) > 1 and np.isfinite(R).all():
            over = {"forgetting": transfer.forgetting, "BWT": transfer.bwt, "FWT": transfer.fwt}
            for name, measure in over.items():
                values = np.array([measure(one) for one in R], dtype=np.float64)
                rows += outcome_rows(arm.name, ALL, target, f"{metric} {name}", values, run.seeds)
    return pd.DataFrame(rows)


def spendings(run: RunResults) -> pd.DataFrame:
    """Return what each arm cost, a mean over the seeds: seconds and steps of training, bytes kept of the past."""
    rows: list[CsvRow] = []
    for arm in run.arms:
        of = arm.rows_of(run.costs)
        sums = of.groupby("seed")[["seconds", "steps"]].sum().mean()
        kept = of.groupby("seed")["memory_bytes"].max().mean()
        spent = {name: float(sums[name]) for name in ("seconds", "steps")}
        rows.append({"arm": arm.name, **spent, "memory_bytes": float(kept), "sent_bytes": 0.0})
    return pd.DataFrame(rows)
