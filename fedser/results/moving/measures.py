"""The measures of an arm: for every device of every seed, and one number a seed."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fedser.arrays import Doubles
from fedser.metrics import moving
from fedser.metrics.stays import Journey, journeys
from fedser.results.moving.tensors import Ints, Participations

AVERAGE, FORGETTING, BWT, FWT = "average", "forgetting", "BWT", "FWT"
REENTRY, LAG, GAIN = "re-entry gap", "lag", "personal − global"
GLOBAL, POOLED, WORST = "global", "pooled", "worst decile"

LOWER_IS_BETTER = frozenset({FORGETTING, LAG})


@dataclass(frozen=True, eq=False)
class Measures:
    """What the scores of one arm come to, for one target and metric; NaN where a measure does not exist."""

    by_device: dict[str, Doubles]
    """(seeds, devices), by name."""
    by_seed: dict[str, Doubles]
    """(seeds,): the means over the devices, and what exists for all devices together only."""
    participations: Participations
    """The scores, and the rounds they are of."""
    stays: tuple[tuple[Journey, ...], ...]
    """By seed and device; a stay's rounds are columns of `R`."""

    @property
    def R(self) -> Doubles:  # noqa: N802
        """The scores by participation, (seeds, devices, n, environments)."""
        return self.participations.R

    @classmethod
    def of(
        cls,
        scored: Participations,
        server: Doubles,
        pooled: Doubles,
        places: NDArray[np.integer[Any]],
        shares: bool,
        higher_is_better: bool = True,
    ) -> Self:
        """Measure what was scored.

        `server` and `pooled` are (seeds, rounds + 1, environments), `places` (seeds, devices, rounds). Raises
        ValueError if scores and `places` contradict one another.
        """
        R = scored.R
        stays = tuple(journeys(*pair) for pair in zip(R, scored.at(places), strict=True))
        rows = [_measure(*seed) for seed in zip(R, scored.rounds, stays, server, strict=True)]
        by_device = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        by_seed = {name: np.array([_mean(row) for row in values]) for name, values in by_device.items()}
        sign = 1.0 if higher_is_better else -1.0
        decile = [moving.worst_decile(sign * row) for row in by_device[AVERAGE]]
        by_seed[WORST] = np.array([np.nan if value is None else sign * value for value in decile])
        by_seed[POOLED] = last_known(pooled).mean(axis=1)
        by_seed[GLOBAL] = last_known(server).mean(axis=1) if shares else np.full(len(R), np.nan)
        return cls(by_device, by_seed, scored, stays)


def last_known(scores: Doubles) -> Doubles:
    """Return (seeds, environments): the scores of the last round that has them, NaN for a seed without any."""
    known = np.asarray(np.isfinite(scores).all(axis=2))
    last = scores.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    finals: Doubles = scores[np.arange(len(scores)), last]
    return finals


def _measure(R: Doubles, rounds: Ints, stays: tuple[Journey, ...], server: Doubles) -> dict[str, Doubles]:
    start = server[0]
    return {
        AVERAGE: moving.average(R),
        FORGETTING: moving.forgetting(R, stays),
        BWT: moving.bwt(R, stays),
        FWT: moving.fwt(R, stays, start),
        REENTRY: moving.reentry_gap(R, stays),
        LAG: moving.adaptation_lag(R, stays, start),
        GAIN: moving.personal_gain(R, server, rounds),
    }


def _mean(values: Doubles) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan
