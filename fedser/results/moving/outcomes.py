"""What a run of moving devices comes to, seed by seed: the scores at the end, what was forgotten, what it cost."""

from itertools import product

import numpy as np
import pandas as pd

from fedser.results import files
from fedser.results.files import CsvRow
from fedser.results.moving.measures import AVERAGE, BWT, FORGETTING, FWT, GLOBAL, POOLED, WORST, last_known
from fedser.results.moving.run import MovingRun
from fedser.results.moving.schema import PRIVACY
from fedser.results.outcomes import ALL, outcome_rows
from fedser.vocabulary import TARGETS

SHOWN = (f"ccc {GLOBAL}", f"ccc {AVERAGE}", f"ccc {FORGETTING}", "epsilon")
"""The measures to look at first."""

_MEASURES = (GLOBAL, POOLED, AVERAGE, WORST, FORGETTING, BWT, FWT)


def outcomes(run: MovingRun) -> pd.DataFrame:
    """Return a row for each seed, arm, environment, target and measure.

    The measures of Tables 1 and 2 as means over the environments, and of each environment the global model's
    scores and the pooled ones, after the last round that has them; `epsilon`: the largest of the seed's rounds.
    """
    rows: list[CsvRow] = []
    for arm, target, metric in product(run.arms, TARGETS, run.metrics):
        by_seed = run.measures[arm, target, metric].by_seed
        for name in _MEASURES:
            rows += outcome_rows(arm.name, ALL, target, f"{metric} {name}", by_seed[name], run.seeds)
        ends = {POOLED: run.pooled(arm, target, metric)}
        ends |= {GLOBAL: run.server(arm, target, metric)} if arm.shares else {}
        for name, scores in ends.items():
            for k, environment in enumerate(run.environments):
                values = last_known(scores)[:, k]
                rows += outcome_rows(arm.name, environment, target, f"{metric} {name}", values, run.seeds)
    return pd.DataFrame(rows + _epsilons(run))


def spendings(run: MovingRun) -> pd.DataFrame:
    """Return what each arm cost, a mean over the seeds: seconds, steps and bytes sent of all devices, and the most
    that a device kept of the past.
    """
    rows: list[CsvRow] = []
    for arm in run.arms:
        of = arm.rows_of(run.costs)
        sums = of.assign(sent_bytes=of["bytes_up"] + of["bytes_down"]).groupby("seed")
        means = sums[["seconds", "steps", "sent_bytes"]].sum().mean()
        spent = {name: float(means[name]) for name in ("seconds", "steps", "sent_bytes")}
        rows.append({"arm": arm.name, **spent, "memory_bytes": float(sums["memory_bytes"].max().mean())})
    return pd.DataFrame(rows)


def _epsilons(run: MovingRun) -> list[CsvRow]:
    if not (run.folder / "privacy.csv").exists():
        return []
    spent, rows = files.read(run.folder, "privacy.csv", PRIVACY), list[CsvRow]()
    for arm in run.arms:
        of = arm.rows_of(spent)
        most = [of.loc[of["seed"] == seed, "epsilon"].max() for seed in run.seeds]
        rows += outcome_rows(arm.name, ALL, "", "epsilon", np.array(most, dtype=np.float64), run.seeds)
    return rows
