"""Measures of a whole federation: how evenly its devices are served, and how soon it gets somewhere."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from fedser.arrays import Doubles
from fedser.seeding import generator

DRAWS = 1000


def spread(values: ArrayLike) -> float:
    """Return the standard deviation (n − 1) over devices (d,), those without a value (NaN) left out; NaN for one.

    Fairness as even performance: Li et al. 2020 (q-FFL, arXiv:1905.10497), who compare variances over devices.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    return float(known.std(ddof=1)) if known.size > 1 else np.nan


def interval_over_devices(
    values: ArrayLike, statistic: Callable[[Doubles], float], draws: int = DRAWS
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic's mean over seeds, devices drawn anew within each seed.

    values: (seeds, devices), NaN for a device without one; statistic: of (d,), d ≥ 1, of one seed. NaN where a
    seed has no device, or the statistic no value. Devices of a seed that share a model are not independent of it:
    this is how far the result hangs on who the devices were, not on the training.
    """
    seeds = [row[~np.isnan(row)] for row in np.asarray(values, dtype=np.float64)]
    if not seeds or not all(row.size for row in seeds):
        return np.nan, np.nan
    stream = generator(0, "bootstrap over devices")
    means = [
        np.mean([statistic(row[stream.integers(row.size, size=row.size)]) for row in seeds]) for _ in range(draws)
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def rounds_to(curve: ArrayLike, target: float) -> float:
    """Return the first round (from 1) whose score comes to the target, NaN if none does.

    curve: (rounds,), NaN for a round without a score.

    >>> rounds_to([0.1, float("nan"), 0.3, 0.2], 0.25)
    3.0
    """
    reached = np.flatnonzero(np.nan_to_num(np.asarray(curve, dtype=np.float64), nan=-np.inf) >= target)
    return float(reached[0] + 1) if reached.size else np.nan
