"""What of a run of one device a reader must know before its numbers."""

import tomllib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fedser.results.announced import LEAST_CCC
from fedser.results.arms import JOINT
from fedser.results.checks import Check, warnings_of
from fedser.results.data_checks import data_checks
from fedser.results.divided import utterances_of
from fedser.results.numerals import decimal, grouped
from fedser.results.one_device.run import RunResults
from fedser.results.scored_checks import WORTH, few_seeds, option
from fedser.results.sentence import listed
from fedser.vocabulary import TARGETS


def one_device_warnings(run: RunResults) -> tuple[str, ...]:
    """Return what stands above the results, most serious first."""
    return warnings_of(run, CHECKS)


def nothing_learnt(run: RunResults) -> Iterator[str]:
    """Yield a sentence if no arm's validation CCC comes to anything, anywhere."""
    if not run.learnt:
        yield (
            f"Nothing was learnt: no arm comes to a validation CCC of {decimal(LEAST_CCC, 2)} on any environment "
            "that it was trained on. Differences between arms mean nothing, and none is tested. Train longer, "
            "with a higher training.learning_rate, or on more speech"
        )


def worse_than_at_the_start(run: RunResults) -> Iterator[str]:
    """Yield a sentence if arms end below the first model, averaged over all environments."""
    if len(run.stages) == 1 or "ccc" not in run.metrics:
        return
    told = []
    for arm in run.contenders:
        for target in TARGETS:
            R = run.R(arm, target, "ccc").mean(axis=(0, 2))
            if R[-1] < R[0] - WORTH:
                told.append(f"{arm.label} ({target} {decimal(R[0], 2)} → {decimal(R[-1], 2)})")
    if told:
        yield (
            "Worse than at the start: averaged over all environments, the CCC at the end is below that of the "
            f"first model, which knew {run.environments[0]} alone, with {listed(told)}"
        )


def memory_holds_everything(run: RunResults) -> Iterator[str]:
    """Yield a sentence if the memory has room for all of an environment that is left."""
    arms = [arm for arm in run.arms if arm.memory != "none"]
    capacity = option(run.config, "memory", "capacity")
    if not arms or capacity is None:
        return
    heard = [utterances_of(run, seed) for seed in run.seeds]
    train = [table.loc[table["split"] == "train", "environment"] for table in heard]
    sizes = {name: min(int((own == name).sum()) for own in train) for name in run.environments[:-1]}
    whole = {name: n for name, n in sizes.items() if n <= capacity}
    if not whole:
        return
    yield (
        f"Memory holds everything: its capacity of {grouped(capacity)} is no less than the training split of "
        f"{listed(f'{name} ({grouped(n)})' for name, n in whole.items())}; nothing had to be chosen there"
    )
    for method in dict.fromkeys(arm.method for arm in arms):
        labels = [arm.label for arm in arms if arm.method == method]
        if len(labels) > 1:
            yield (
                f"The memories of {listed(labels)} hold the same utterances of {listed(whole)}: what tells these "
                "arms apart there is chance"
            )


def epochs_at_their_cap(run: RunResults) -> Iterator[str]:
    """Yield a sentence if trainings were ended by the cap on epochs rather than by early stopping."""
    cap = option(run.config, "training", "max_epochs")
    if tomllib.loads(run.config).get("training", {}).get("match") == "steps":
        return  # a number of steps ended them
    if option(run.config, "updates", "size") is not None:
        return  # epochs are those of many updates, each with its cap
    if cap is None:
        return
    own = run.costs[(run.costs["stage"] != run.stages[0]) | _of_the_first_arm(run)]
    capped = own[own["epochs"] >= cap]
    if len(capped):
        where = listed(dict.fromkeys(capped["stage"]))
        yield (
            f"Early stopping never came in {grouped(len(capped))} of {grouped(len(own))} trainings ({where}): "
            f"the cap of {grouped(cap)} epochs ended them; raise training.max_epochs"
        )


def _of_the_first_arm(run: RunResults) -> NDArray[np.bool_]:
    """Return (rows of costs.csv,) which are of the first arm: all but Joint share the first stage."""
    arm = next((arm for arm in run.arms if arm != JOINT), run.arms[0])
    return ((run.costs["method"] == arm.method) & (run.costs["memory"] == arm.memory)).to_numpy()


CHECKS: tuple[Check[RunResults], ...] = (
    nothing_learnt,
    worse_than_at_the_start,
    few_seeds,
    data_checks,
    memory_holds_everything,
    epochs_at_their_cap,
)
