"""Finished runs laid side by side: what each came to, under the names of the cells that they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.errors import RunError
from fedser.results.moving import outcomes as moving
from fedser.results.moving.record import KIND as MOVING
from fedser.results.moving.run import read_moving_run
from fedser.results.moving.warnings import moving_warnings
from fedser.results.one_device import outcomes as one_device
from fedser.results.one_device.run import read_run
from fedser.results.one_device.warnings import one_device_warnings
from fedser.results.record import ONE_DEVICE
from fedser.vocabulary import SPLITS


@dataclass(frozen=True)
class Reader:
    """How runs of a kind are read, and what they come to."""

    read: Callable[[Path], Any]
    outcomes: Callable[[Any], pd.DataFrame]
    spendings: Callable[[Any], pd.DataFrame]
    warnings: Callable[[Any], tuple[str, ...]]
    shown: tuple[str, ...]


READERS = {
    ONE_DEVICE: Reader(read_run, one_device.outcomes, one_device.spendings, one_device_warnings, one_device.SHOWN),
    MOVING: Reader(read_moving_run, moving.outcomes, moving.spendings, moving_warnings, moving.SHOWN),
}
"""By the name of the kind; runs of other kinds cannot be laid side by side."""


@dataclass(frozen=True)
class LaidRun:
    """A finished run as a cell: its name, the value of each axis, and its folder."""

    cell: str
    levels: dict[str, str]
    folder: Path


@dataclass(frozen=True)
class Laid:
    """What some runs came to together."""

    outcomes: pd.DataFrame
    """The rows of study.csv."""
    spent: pd.DataFrame
    """The rows of spent.csv."""
    warnings: list[str]
    shown: tuple[str, ...]
    tested_on: dict[str, dict[str, frozenset[str]]]
    """Cell → environment → the utterances of its test split."""
    git_commits: frozenset[str]


def lay(kind: str, runs: Sequence[LaidRun]) -> Laid:
    """Return what runs of one kind came to, in their order; raises RunError if one is not finished, or damaged."""
    reader, rows, spent = READERS[kind], [], []
    warned: dict[str, list[str]] = {}
    tested, commits = dict[str, dict[str, frozenset[str]]](), set[str]()
    for one in runs:
        run = reader.read(one.folder)
        cell = {"cell": one.cell, **one.levels}
        rows.append(reader.outcomes(run).assign(**cell))
        spent.append(reader.spendings(run).assign(**cell))
        for line in reader.warnings(run):
            warned.setdefault(line, []).append(one.cell)
        tested[one.cell] = _tested_on(run.utterances)
        commits.add(str(run.record.get("git_commit", "")))
    warnings = [f"{named(cells, len(runs))}: {line}" for line, cells in warned.items()]
    return Laid(pd.concat(rows), pd.concat(spent), warnings, reader.shown, tested, frozenset(commits))


def named(cells: Sequence[str], of: int) -> str:
    """Return which cells are meant, of how many.

    >>> named(["4", "9"], 2), named(["4", "9"], 3)
    ('all cells', '4; 9')
    """
    return "all cells" if len(cells) == of else "; ".join(cells)


def refuse_incomparable(laid: Laid) -> None:
    """Raise RunError where runs have no environment in common, or test one on other utterances."""
    (first, reference), *others = laid.tested_on.items()
    for cell, tested in others:
        shared = reference.keys() & tested.keys()
        if not shared:
            raise RunError(
                f"{first} and {cell} have no environment in common ({', '.join(reference)}; {', '.join(tested)}); "
                "compare runs that are tested on the same speech"
            )
        for name in sorted(shared):
            if tested[name] != reference[name]:
                differing = len(tested[name] ^ reference[name])
                raise RunError(
                    f"{first} and {cell} are tested on other utterances of {name} ({differing} are not in both); "
                    "compare runs with the same corpora and splits"
                )


def _tested_on(utterances: pd.DataFrame) -> dict[str, frozenset[str]]:
    test = utterances[utterances["split"] == SPLITS[-1]]
    return {str(name): frozenset(rows["utterance"]) for name, rows in test.groupby("environment", sort=False)}
