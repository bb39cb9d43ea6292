"""What the run found, in plain words, from its scores."""

from collections.abc import Mapping, Sequence

import numpy as np

from fedser.results.announced import FEWEST_SEEDS
from fedser.results.arms import FINETUNING, JOINT, Arm
from fedser.results.numerals import decimal, p_equation
from fedser.results.one_device.comparisons import score_findings, transfer
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.scores import method_arms
from fedser.results.sentence import listed


def headline(run: RunResults) -> list[str]:
    """Return a few sentences about activation CCC: the fate of the first environment, then the average."""
    arms = [arm for arm in method_arms(run) if arm != JOINT] or list(run.contenders)
    if not arms:
        return ["Only Joint, a reference that sees all data at once, is in this run."]
    if len(run.environments) == 1:
        values = run.R(arms[0], "activation", "ccc")[:, 0, 0]
        return [
            f"Trained on {run.environments[0]} alone, the model reaches an activation CCC of "
            f"{_two(values.mean())} on its test split; with one environment there is nothing to forget."
        ]
    if not run.learnt:
        return ["Nothing was learnt, so there is nothing to forget or to compare.", _average(run, arms)]
    return [_first_environment(run, arms), _average(run, arms)]


def _first_environment(run: RunResults, arms: Sequence[Arm]) -> str:
    first, later = run.environments[0], listed(run.environments[1:])
    tested = _tested(run)
    told = [_fate(run, arm, tested, opening=place == 0) for place, arm in enumerate(arms)]
    tests = (
        f" (p: against {FINETUNING.label}, two-sided paired t-tests over {len(run.seeds)} seeds, corrected by "
        "Holm for all tests of Table 6a on activation)"
    )
    return (
        f"After {later}, {told[0]} of the activation CCC on {first}"
        + "".join(f"; {text}" for text in told[1:])
        + f"{tests if any(arm in tested for arm in arms) else ''}."
    )


def _fate(run: RunResults, arm: Arm, tested: Mapping[Arm, float], opening: bool) -> str:
    R = run.R(arm, "activation", "ccc")
    own, end = R[:, 0, 0], R[:, -1, 0]
    loss = float(own.mean() - end.mean())
    verb = "lost" if loss >= 0 else "gained"
    details = [f"{_two(own.mean())} → {_two(end.mean())}"] if opening else []
    details += [p_equation(tested[arm])] if arm in tested else []
    amount = decimal(abs(loss), 2)
    return f"{arm.label} {verb} {amount}" + (f" ({', '.join(details)})" if details else "")


def _tested(run: RunResults) -> dict[Arm, float]:
    """Return the p of what arms keep of the first environment against Finetuning, as Table 6a has it."""
    if FINETUNING not in run.arms or len(run.seeds) < FEWEST_SEEDS:
        return {}
    asked = ("activation", "ccc", run.stages[-1], run.environments[0])
    return {
        found.arm: found.comparison.corrected
        for found in score_findings(run, method_arms(run), FINETUNING)
        if (found.target, found.metric, found.stage, found.environment) == asked
        and found.comparison.corrected is not None
    }


def _average(run: RunResults, arms: Sequence[Arm]) -> str:
    ends = [f"{arm.label} {_two(_mean_average(run, arm))}" for arm in arms]
    text = f"Averaged over all {len(run.environments)} environments at the end: {', '.join(ends)}"
    if JOINT in run.arms and transfer(run, JOINT, "activation", "ccc"):
        text += f"; Joint, a reference: sees all data at once, {_two(_mean_average(run, JOINT))}"
    return f"{text}."


def _mean_average(run: RunResults, arm: Arm) -> float:
    return float(transfer(run, arm, "activation", "ccc")["average"].mean())


def _two(value: float | np.floating) -> str:
    return decimal(float(value), 2)
