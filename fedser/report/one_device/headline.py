"""What the run found, in plain words, from its scores."""

from collections.abc import Sequence

import numpy as np

from fedser.metrics import paired_t_test
from fedser.report.sentence import listed
from fedser.results.arms import FINETUNING, JOINT, Arm
from fedser.results.numerals import decimal, p_equation
from fedser.results.one_device.comparisons import transfer
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.scores import method_arms


def headline(run: RunResults) -> list[str]:
    """Return a few sentences about activation CCC: the fate of the first environment, then the average."""
    arms = [arm for arm in method_arms(run) if arm != JOINT] or list(run.contenders)
    if not arms:
        return ["Only the upper bound, Joint, is in this run."]
    if len(run.environments) == 1:
        values = run.R(arms[0], "activation", "ccc")[:, 0, 0]
        return [
            f"Trained on {run.environments[0]} alone, the model reaches an activation CCC of "
            f"{_two(values.mean())} on its test split; with one environment there is nothing to forget."
        ]
    return [_first_environment(run, arms), _average(run, arms), *_few_seeds(run)]


def _first_environment(run: RunResults, arms: Sequence[Arm]) -> str:
    first, later = run.environments[0], listed(run.environments[1:])
    told = [_fate(run, arm, opening=place == 0) for place, arm in enumerate(arms)]
    return (
        f"After {later}, {told[0]} of the activation CCC on {first}"
        + "".join(f"; {text}" for text in told[1:])
        + "."
    )


def _fate(run: RunResults, arm: Arm, opening: bool) -> str:
    R = run.R(arm, "activation", "ccc")
    own, end = R[:, 0, 0], R[:, -1, 0]
    loss = float(own.mean() - end.mean())
    verb = "lost" if loss >= 0 else "gained"
    details = [f"{_two(own.mean())} → {_two(end.mean())}"] if opening else []
    if arm != FINETUNING and FINETUNING in run.arms:
        p = paired_t_test(end, run.R(FINETUNING, "activation", "ccc")[:, -1, 0]).p
        details += [] if p is None else [p_equation(p)]
    amount = decimal(abs(loss), 2)
    return f"{arm.label} {verb} {amount}" + (f" ({', '.join(details)})" if details else "")


def _average(run: RunResults, arms: Sequence[Arm]) -> str:
    ends = [f"{arm.label} {_two(_mean_average(run, arm))}" for arm in arms]
    text = f"Averaged over all {len(run.environments)} environments at the end: {', '.join(ends)}"
    if JOINT in run.arms and transfer(run, JOINT, "activation", "ccc"):
        text += f"; Joint, the upper bound, {_two(_mean_average(run, JOINT))}"
    return f"{text}."


def _mean_average(run: RunResults, arm: Arm) -> float:
    return float(transfer(run, arm, "activation", "ccc")["average"].mean())


def _few_seeds(run: RunResults) -> list[str]:
    if len(run.seeds) > 1:
        return []
    return ["One seed only: nothing is tested, and differences may be chance."]


def _two(value: float | np.floating) -> str:
    return decimal(float(value), 2)
