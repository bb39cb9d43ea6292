"""All the tests behind a table: which arm against which baseline, on what, with what result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from fedser.metrics import METRICS, Comparison, average, bwt, forgetting, fwt, holm, intransigence, paired_t_test
from fedser.metrics.clustered import ClusteredInterval
from fedser.results.arms import JOINT, Arm
from fedser.results.divided import utterances_of
from fedser.results.metrics import higher_is_better
from fedser.results.one_device.run import RunResults
from fedser.vocabulary import TARGETS

MEASURES = ("average", "BWT", "FWT", "forgetting", "intransigence")
LOWER_IS_BETTER = frozenset({"forgetting", "intransigence"})


@dataclass(frozen=True)
class ArmComparison:
    """One comparison of an arm with a baseline; `environment` is "" for a measure over all environments."""

    arm: Arm
    baseline: Arm
    target: str
    metric: str
    stage: str
    environment: str
    comparison: Comparison
    measure: str = "score"
    interval: ClusteredInterval | None = None
    """Of a difference of CCCs, over seeds and speakers."""


def score_findings(run: RunResults, arms: Sequence[Arm], baseline: Arm) -> tuple[ArmComparison, ...]:
    """Compare arms with a baseline on every environment after every stage but the first, which they share."""
    return _scored(run, [(arm, baseline) for arm in arms])


def memory_findings(run: RunResults, arms: Sequence[Arm]) -> tuple[ArmComparison, ...]:
    """Compare ways of filling a memory in the same places, each with the random memory of its own method."""
    return _scored(run, [(arm, arm.at_random) for arm in arms])


def _scored(run: RunResults, pairs: Sequence[tuple[Arm, Arm]]) -> tuple[ArmComparison, ...]:
    found = []
    for target, metric in product(TARGETS, run.metrics):
        for arm, baseline in pairs:
            if not _comparable(run, arm, baseline):
                continue
            ours, theirs = run.R(arm, target, metric), run.R(baseline, target, metric)
            for i, j in product(range(1, len(run.stages)), range(len(run.environments))):
                better = higher_is_better(metric)
                result = run.announced(paired_t_test(ours[:, i, j], theirs[:, i, j], higher_is_better=better))
                place = (run.stages[i], run.environments[j])
                between = None
                if metric == "ccc":
                    between = run.tested_speakers.interval(arm, target, *place, baseline)
                found.append(ArmComparison(arm, baseline, target, metric, *place, result, interval=between))
    return corrected(found)


def corrected(findings: Sequence[ArmComparison]) -> tuple[ArmComparison, ...]:
    """Return findings with p corrected by Holm; the tests of one target, which one table shows, are a family."""
    found = list(findings)
    for target in TARGETS:
        places = [k for k, finding in enumerate(findings) if finding.target == target]
        tests = holm([findings[k].comparison for k in places])
        for k, test in zip(places, tests, strict=True):
            found[k] = replace(findings[k], comparison=test)
    return tuple(found)


def transfer_findings(run: RunResults, arms: Sequence[Arm], baseline: Arm) -> tuple[ArmComparison, ...]:
    """Compare arms with a baseline on every measure of transfer; a single environment has none."""
    found: list[ArmComparison] = []
    if len(run.environments) == 1:
        return ()
    for target, metric in product(TARGETS, transfer_metrics(run)):
        for arm in arms:
            if not _comparable(run, arm, baseline):
                continue
            ours, theirs = transfer(run, arm, target, metric), transfer(run, baseline, target, metric)
            for name in (name for name in MEASURES if name in ours):
                test = paired_t_test(ours[name], theirs[name], higher_is_better=name not in LOWER_IS_BETTER)
                place = (run.stages[-1], "")
                found.append(ArmComparison(arm, baseline, target, metric, *place, run.announced(test), name))
    return corrected(found)


def transfer(run: RunResults, arm: Arm, target: str, metric: str) -> dict[str, NDArray[np.float64]]:
    """Return the transfer measures of an arm for every seed; those that do not exist are left out.

    Joint, which starts afresh at every stage, has an average only; intransigence needs Joint in the run.
    """
    R = run.R(arm, target, metric)
    if arm == JOINT:
        complete = not np.isnan(R[:, -1]).any()
        return {"average": R[:, -1].mean(axis=1)} if complete else {}
    untrained = [chance(run, target, metric, seed) for seed in run.seeds]
    joint = _joint(run, target, metric)
    values: dict[str, Sequence[float | None]] = {
        "average": [average(scores) for scores in R],
        "BWT": [bwt(scores) for scores in R],
        "FWT": [None if own is None else fwt(scores, own) for scores, own in zip(R, untrained, strict=True)],
        "forgetting": [forgetting(scores) for scores in R],
    }
    if joint is not None:
        values["intransigence"] = [intransigence(*pair) for pair in zip(R, joint, strict=True)]
    return {name: np.array(row, dtype=np.float64) for name, row in values.items() if None not in row}


def transfer_metrics(run: RunResults) -> tuple[str, ...]:
    """Return the metrics that transfer is measured in: forgetting is a loss, so more must be better."""
    return tuple(metric for metric in run.metrics if higher_is_better(metric))


def chance(run: RunResults, target: str, metric: str, seed: int) -> list[float] | None:
    """Return what a constant prediction scores on each environment's test split; None where that depends on it."""
    if metric not in METRICS:
        return None
    heard = utterances_of(run, seed)
    test = heard[heard["split"] == "test"]
    labels = [test.loc[test["environment"] == name, target].to_numpy(np.float64) for name in run.environments]
    scores = [METRICS[metric].of_a_constant(values) for values in labels]
    return None if None in scores else [score for score in scores if score is not None]


def _joint(run: RunResults, target: str, metric: str) -> NDArray[np.float64] | None:
    """Return Joint's score on each environment for every seed: at the stage that brings it, else at the last."""
    if JOINT not in run.arms:
        return None
    R = run.R(JOINT, target, metric)
    own = np.diagonal(R, axis1=1, axis2=2)
    scores = np.where(np.isnan(own), R[:, -1], own)
    return None if np.isnan(scores).any() else scores


def _comparable(run: RunResults, arm: Arm, baseline: Arm) -> bool:
    return baseline in run.arms and arm not in (baseline, JOINT)
