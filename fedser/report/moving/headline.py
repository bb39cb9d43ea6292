"""What a run of moving devices found, in plain words, from its scores."""

from collections.abc import Sequence

import numpy as np

from fedser.protocol.arms import MODES, Arm
from fedser.results.announced import FEWEST_SEEDS
from fedser.results.moving import MovingRun
from fedser.results.moving.findings import MovingFinding, compare
from fedser.results.moving.guarantee import guarantee_sentence
from fedser.results.moving.measures import AVERAGE, FORGETTING, GLOBAL
from fedser.results.numerals import decimal, p_equation
from fedser.results.sentence import listed

TARGET, METRIC = "activation", "ccc"


def headline(run: MovingRun) -> list[str]:
    """Return a few sentences about activation CCC: what came of each arm, privacy, places left, sharing."""
    protected = guarantee_sentence(run)
    if not run.learnt:
        return ["Nothing was learnt, so there is nothing to forget or to compare.", _averages(run), *protected]
    told = [_forgetting(run, mode) for mode in run.modes] if len(run.environments) > 1 else [_one_place(run)]
    return [_averages(run), *protected, *told, *_sharing(run)]


def _forgetting(run: MovingRun, mode: str) -> str:
    arms = sorted((arm for arm in run.arms if arm.mode == mode), key=lambda arm: arm != arm.without_memory)
    known = [arm for arm in arms if _mean(run, arm, FORGETTING) is not None]
    if not known:
        return f"{MODES[mode]}: no device left a place in which it took part, so there was nothing to forget."
    first, *others = known
    return (
        f"{MODES[mode]}: with {first.learner.label}, a device's activation CCC on the places it had left ended "
        f"{_change(run, first)}"
        + "".join(f"; with {arm.learner.label} {_compared(run, arm)}" for arm in others)
        + "."
    )


def _change(run: MovingRun, arm: Arm) -> str:
    lost = _mean(run, arm, FORGETTING) or 0.0
    return f"{decimal(abs(lost), 2)} {'below' if lost >= 0 else 'above'} its best there"


def _compared(run: MovingRun, arm: Arm) -> str:
    lost = _mean(run, arm, FORGETTING) or 0.0
    amount = f"{decimal(abs(lost), 2)} {'below' if lost >= 0 else 'above'}"
    if arm.without_memory not in run.arms:
        return amount
    return amount + verdict(compare(run, arm, arm.without_memory, TARGET, METRIC, FORGETTING))


def verdict(finding: MovingFinding) -> str:
    """Return what the test over the seeds says, in brackets for a sentence; nothing for few seeds."""
    test = finding.seeds
    if test.p is None or test.n < FEWEST_SEEDS:
        return ""
    words = {"*": "significantly better", "†": "significantly worse"}.get(test.mark, "not significant")
    over = f"two-sided paired t-test over {test.n} seeds"
    return f" ({words} against {finding.baseline.label}, {p_equation(test.p)}, {over})"


def _one_place(run: MovingRun) -> str:
    return f"All devices stay in one environment, {run.environments[0]}: there is nothing to forget."


def _averages(run: MovingRun) -> str:
    start = float(run.server(run.arms[0], TARGET, METRIC)[:, 0].mean())
    ends = [f"{decimal(_mean(run, arm, AVERAGE), 2)} with {arm.label}{_global(run, arm)}" for arm in run.arms]
    places = f"{len(run.environments)} environments" if len(run.environments) > 1 else "the environment"
    return (
        f"After {run.rounds} round{'s' * (run.rounds > 1)} the devices' own models have, averaged over {places}, "
        f"an activation CCC of {', '.join(ends)}; before any adaptation it was {decimal(start, 2)}."
    )


def _global(run: MovingRun, arm: Arm) -> str:
    end = _mean(run, arm, GLOBAL)
    return "" if end is None else f" (the global one {decimal(end, 2)})"


def _sharing(run: MovingRun) -> Sequence[str]:
    pairs = [(arm, arm.alone) for arm in run.arms if arm.shares and arm.alone in run.arms]
    told = []
    for arm, alone in pairs:
        finding = compare(run, arm, alone, TARGET, METRIC, AVERAGE)
        difference = finding.seeds.mean_difference
        if difference is not None:
            sign = "−" if difference < 0 else "+"
            told.append(f"{arm.label} {sign}{decimal(abs(difference), 2)}{verdict(finding)}")
    return [f"Against learning alone, sharing changed that average by: {listed(told)}."] if told else []


def _mean(run: MovingRun, arm: Arm, measure: str) -> float | None:
    values = run.measures[arm, TARGET, METRIC].by_seed[measure]
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None
