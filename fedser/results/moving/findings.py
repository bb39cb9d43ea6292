"""Is one arm better than another: over the seeds, and over all devices of all seeds?"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from fedser.metrics import Comparison, paired_t_test
from fedser.protocol.arms import Arm
from fedser.results.metrics import higher_is_better
from fedser.results.moving.measures import (
    AVERAGE,
    BWT,
    FORGETTING,
    FWT,
    GLOBAL,
    LAG,
    LOWER_IS_BETTER,
    POOLED,
    REENTRY,
    WORST,
)
from fedser.results.moving.run import MovingRun
from fedser.vocabulary import TARGETS

BY_DEVICE = (AVERAGE, FORGETTING, REENTRY, LAG, BWT, FWT)
"""Measures that every device has one of, or none."""

BY_SEED = (GLOBAL, POOLED, WORST)
"""Measures that all devices of a seed have one of together."""


@dataclass(frozen=True)
class MovingFinding:
    """A measure of an arm against that of a baseline."""

    arm: Arm
    baseline: Arm
    target: str
    metric: str
    measure: str
    seeds: Comparison
    """Paired by seed: does it hold for another run?"""
    devices: Comparison | None
    """Paired by device and seed, where both arms have the measure: does it hold for another device of these runs?
    The devices of a seed share its first model, and what they send one another: they are not independent."""


def memory_findings(run: MovingRun, metric: str = "ccc") -> tuple[MovingFinding, ...]:
    """Compare every arm with finetuning in the same mode, on every measure that both have."""
    pairs = [(arm, arm.without_memory) for arm in run.arms]
    return _findings(run, pairs, metric)


def sharing_findings(run: MovingRun, metric: str = "ccc") -> tuple[MovingFinding, ...]:
    """Compare every arm that shares with the same method and memory alone."""
    pairs = [(arm, arm.alone) for arm in run.arms]
    return _findings(run, pairs, metric)


def compare(run: MovingRun, arm: Arm, baseline: Arm, target: str, metric: str, measure: str) -> MovingFinding:
    """Return the tests of one measure."""
    ours, theirs = run.measures[arm, target, metric], run.measures[baseline, target, metric]
    lower = (measure in LOWER_IS_BETTER) == higher_is_better(metric)
    seeds = run.announced(_paired(ours.by_seed[measure], theirs.by_seed[measure], lower))
    devices = None
    if measure in ours.by_device:
        pairs = (ours.by_device[measure].ravel(), theirs.by_device[measure].ravel())
        devices = run.announced(_paired(*pairs, lower))
    return MovingFinding(arm, baseline, target, metric, measure, seeds, devices)


def _findings(run: MovingRun, pairs: Sequence[tuple[Arm, Arm]], metric: str) -> tuple[MovingFinding, ...]:
    compared = [(arm, baseline) for arm, baseline in pairs if arm != baseline and baseline in run.arms]
    measures = (*BY_SEED, *BY_DEVICE)
    found = (
        compare(run, arm, baseline, target, metric, measure)
        for target, measure, (arm, baseline) in product(TARGETS, measures, compared)
    )
    return tuple(one for one in found if one.seeds.n)


def _paired(ours: NDArray[np.float64], theirs: NDArray[np.float64], lower_is_better: bool) -> Comparison:
    both = np.isfinite(ours) & np.isfinite(theirs)
    return paired_t_test(ours[both], theirs[both], higher_is_better=not lower_is_better)
