"""Prequential scores: on what a device hears, by its model as it was before it learnt from that.

Pooled exactly from the sufficient statistics in prequential.csv, over devices and rounds.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fedser.metrics.pooled import Moments
from fedser.protocol.arms import Arm
from fedser.results.moving.hostile import hostile_devices
from fedser.results.moving.run import MovingRun

STATISTICS = ["n", "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both"]


def prequential_ccc(run: MovingRun, arm: Arm, target: str) -> NDArray[np.float64]:
    """Return the CCC over all rounds and devices of each seed, (seeds,), NaN for a seed without any."""
    return np.array([_ccc([total for _, total in _by_round(run, arm, target, seed)]) for seed in run.seeds])


def prequential_curve(run: MovingRun, arm: Arm, target: str, window: int) -> NDArray[np.float64]:
    """Return the CCC over all devices and the last `window` rounds, (seeds, rounds); NaN where nobody heard."""
    curve = np.full((len(run.seeds), run.rounds), np.nan)
    for row, seed in enumerate(run.seeds):
        totals = dict(_by_round(run, arm, target, seed))
        for last in range(1, run.rounds + 1):
            if last in totals:
                recent = range(max(1, last - window + 1), last + 1)
                curve[row, last - 1] = _ccc([totals[number] for number in recent if number in totals])
    return curve


def heard_per_round(run: MovingRun) -> float:
    """Return how many utterances all devices together hear in a round, typically: the median over rounds."""
    heard = run.followed_visits.groupby(["seed", "round"])["heard"].sum()
    return float(heard.median()) * run.devices / len(run.followed) if len(heard) else 0.0


def _by_round(run: MovingRun, arm: Arm, target: str, seed: int) -> list[tuple[int, Moments]]:
    rows = arm.rows_of(run.prequential)
    hostile = hostile_devices(run.record, seed)
    rows = rows[(rows["target"] == target) & (rows["seed"] == seed) & ~rows["device"].isin(hostile)]
    values, rounds = rows[STATISTICS].to_numpy(np.float64), rows["round"].to_numpy(np.int64)
    return [(int(number), Moments.total(values[rounds == number])) for number in np.unique(rounds)]


def _ccc(totals: Sequence[Moments]) -> float:
    together = sum(totals, start=Moments())
    return together.ccc() if together.n else np.nan
