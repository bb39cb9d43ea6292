"""What of a run of moving devices a reader must know before its numbers."""

from collections.abc import Iterator

import pandas as pd

from fedser.results.announced import LEAST_CCC
from fedser.results.checks import Check, warnings_of
from fedser.results.data_checks import data_checks
from fedser.results.moving.measures import AVERAGE
from fedser.results.moving.run import MovingRun
from fedser.results.numerals import decimal, grouped
from fedser.results.scored_checks import WORTH, few_seeds, option
from fedser.results.sentence import listed
from fedser.vocabulary import TARGETS

FEWEST_LABELLED = 8
"""Labelled utterances of a stay that a device should have, to learn from it."""

SHARE_OF_STAYS = 0.1
"""Of fewer stays than this share nothing is said."""


def moving_warnings(run: MovingRun) -> tuple[str, ...]:
    """Return what stands above the results, most serious first."""
    return warnings_of(run, CHECKS)


def nothing_learnt(run: MovingRun) -> Iterator[str]:
    """Yield a sentence if no model's CCC comes to anything, anywhere."""
    if not run.learnt:
        yield (
            f"Nothing was learnt: at the end no model of any arm comes to a CCC of {decimal(LEAST_CCC, 2)} in any "
            "environment. Differences between arms mean nothing, and none is tested. Let the server train the "
            "first model ([server] speakers), raise training.learning_rate, rounds or adaptation.epochs, or give "
            "devices more speech"
        )


def worse_than_at_the_start(run: MovingRun) -> Iterator[str]:
    """Yield a sentence if devices end below the model they started from, averaged over all environments."""
    if "ccc" not in run.metrics:
        return
    told = []
    for arm in run.arms:
        for target in TARGETS:
            start = float(run.server(arm, target, "ccc")[:, 0].mean())
            end = float(run.measures[arm, target, "ccc"].by_seed[AVERAGE].mean())
            if end < start - WORTH:
                told.append(f"{arm.label} ({target} {decimal(start, 2)} → {decimal(end, 2)})")
    if told:
        yield (
            "Worse than at the start: averaged over all environments, devices end with a lower CCC than the model "
            f"they started from had, with {listed(told)}"
        )


def memory_holds_everything(run: MovingRun) -> Iterator[str]:
    """Yield a sentence if no device ever hears more than its memory has room for."""
    arms = [arm for arm in run.arms if arm.memory != "none"]
    capacity = option(run.config, "memory", "capacity")
    if not arms or capacity is None or option(run.config, "memory", "bytes") is not None:
        return
    heard = run.followed_visits.groupby(["seed", "device", "environment"])["labelled"].sum()
    if heard.empty or heard.max() > capacity:
        return
    yield (
        f"Memory holds everything: no device hears more than {grouped(int(heard.max()))} labelled utterances in "
        f"an environment, and memory has room for {grouped(capacity)}; nothing had to be chosen or forgotten"
    )
    for pair in dict.fromkeys((arm.mode, arm.method) for arm in arms):
        labels = [arm.label for arm in arms if (arm.mode, arm.method) == pair]
        if len({arm.memory for arm in arms if (arm.mode, arm.method) == pair}) > 1:
            yield f"The memories of {listed(labels)} hold the same utterances: they differ by chance"


def little_speech(run: MovingRun) -> Iterator[str]:
    """Yield a sentence if in many stays a device has hardly anything to learn from."""
    labelled = _by_stay(run.followed_visits)
    few = labelled[labelled < FEWEST_LABELLED]
    if len(few) > SHARE_OF_STAYS * len(labelled):
        yield (
            f"Little to learn from: in {grouped(len(few))} of {grouped(len(labelled))} stays a device hears fewer "
            f"than {FEWEST_LABELLED} labelled utterances (in {grouped(int((few == 0).sum()))} none): owners have "
            "too little speech for so many rounds and devices"
        )


def _by_stay(visits: pd.DataFrame) -> "pd.Series[int]":
    """Return the labelled utterances of each stay, rounds in a row that a device is in one place."""
    ordered = visits.sort_values(["seed", "device", "round"])
    moved = ordered[["seed", "device", "environment"]].ne(ordered[["seed", "device", "environment"]].shift())
    return ordered.groupby(moved.any(axis=1).cumsum())["labelled"].sum()


CHECKS: tuple[Check[MovingRun], ...] = (
    nothing_learnt,
    worse_than_at_the_start,
    few_seeds,
    data_checks,
    little_speech,
    memory_holds_everything,
)
