"""How evenly a division of speakers shares out utterances, classes and genders, and swaps that make it more even.

What is to be shared out is a set of columns, each with an amount for every speaker: utterances; utterances of
each class of each kind; one for the speaker's gender. A column's deviation is the part of it that lies in the
wrong split, half the sum over splits of |its share − the split's fraction|. The deviation of a division is the
mean over kinds (utterances, each kind of class, gender) of the mean over a kind's columns, in [0, 1].
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fedser.vocabulary import SPLITS

BALANCED = 0.05
"""A division that deviates by no more is left as it is, so that nobody's numbers change for nothing."""

BALANCED_DRAW = 0.1
"""A division drawn by a seed that deviates by no more is taken: swapped to the end, a few speakers would be
divided alike by nearly every seed."""

_WORTH = 1e-3
"""A swap that lowers the deviation by less is not made."""

_STARTS = 20
"""From how many divisions swaps start before a class is taken to be missing for good."""

_SIZE, _GENDER = "utterances", "gender"


@dataclass(frozen=True, eq=False)
class Amounts:
    """What n speakers bring of c columns.

    amounts: (n, c) whole numbers. weights: (c,) of each column in the deviation, adding up to 1. is_class:
    (c,) whether every split should have some of it. fractions: (3,) of each of `SPLITS`.
    """

    amounts: NDArray[np.float64]
    weights: NDArray[np.float64]
    is_class: NDArray[np.bool_]
    fractions: NDArray[np.float64]

    @classmethod
    def of(cls, utterances: pd.DataFrame, speakers: Sequence[str], fractions: Mapping[str, float]) -> Self:
        """Count what each of `speakers` brings; columns speaker and gender ("" unknown), others kinds of class."""
        kinds: dict[str, pd.DataFrame] = {_SIZE: _counts(utterances["speaker"], None)}
        for kind in utterances.columns.difference(["speaker", _GENDER], sort=False):
            kinds[kind] = _counts(utterances["speaker"], utterances[kind].astype(str))
        kinds[_GENDER] = (_counts(utterances["speaker"], utterances[_GENDER]) > 0).astype(np.float64)
        known = {kind: counts for kind, counts in kinds.items() if counts.shape[1]}
        widths = [counts.shape[1] for counts in known.values()]
        return cls(
            amounts=np.hstack([_of_each(speakers, counts) for counts in known.values()]),
            weights=np.repeat([1 / (len(known) * width) for width in widths], widths),
            is_class=np.repeat([kind not in (_SIZE, _GENDER) for kind in known], widths),
            fractions=np.array([fractions[split] for split in SPLITS]),
        )

    def deviation(self, splits: NDArray[np.int64]) -> float:
        """Return the deviation of a division, (n,) positions in `SPLITS`."""
        shares = self._within(splits) / self.amounts.sum(axis=0)
        return float(np.abs(shares - self.fractions[:, None]).sum(axis=0) @ self.weights / 2)

    def missing(self, splits: NDArray[np.int64]) -> int:
        """Return how many pairs of a split and a class there are without any utterance."""
        return int((self._within(splits)[:, self.is_class] == 0).sum())

    def unavoidable(self) -> int:
        """Return how many of these pairs no division avoids: classes of fewer speakers than there are splits."""
        speakers = (self.amounts[:, self.is_class] > 0).sum(axis=0)
        return int(np.maximum(len(SPLITS) - speakers, 0).sum())

    def badness(self, splits: NDArray[np.int64]) -> float:
        """Return what swaps lower: missing classes first, then the deviation."""
        return float(_badness(self.missing(splits), self.deviation(splits)))

    def _within(self, splits: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (3, c) what each split has of each column."""
        return np.array([self.amounts[splits == k].sum(axis=0) for k in range(len(SPLITS))])

    def after_swaps(self, splits: NDArray[np.int64], i: int) -> NDArray[np.float64]:
        """Return (n,) how bad the division is once speaker i changes places with each of the others.

        Its badness, `_badness`; infinite for those who are in the same split.
        """
        within, here = self._within(splits), splits[i]
        gain = self.amounts - self.amounts[i]
        mine, theirs = within[here] + gain, within[splits] - gain
        rest = within.sum(axis=0) - mine - theirs  # of the third split
        third = self.fractions.sum() - self.fractions[here] - self.fractions[splits]
        total = self.amounts.sum(axis=0)
        deviation = np.abs(mine / total - self.fractions[here])
        deviation += np.abs(theirs / total - self.fractions[splits][:, None])
        deviation += np.abs(rest / total - third[:, None])
        empty = sum((part[:, self.is_class] == 0).sum(axis=1) for part in (mine, theirs, rest))
        badness = _badness(empty, deviation @ self.weights / 2)
        badness[splits == here] = np.inf
        return badness


def improve(amounts: Amounts, splits: NDArray[np.int64], drawn: bool = False) -> NDArray[np.int64]:
    """Return a more even division of n speakers, (n,) positions in `SPLITS`, with as many in each split.

    A division that is `BALANCED` and lacks no class that a split could have is left as it is. Otherwise the best
    that swaps lead to; where a class is still missing, swaps start again from the division with everyone in
    the place of the speaker before, a few times. A `drawn` division is changed no more than `BALANCED_DRAW` asks.
    """
    least = amounts.unavoidable()
    if amounts.missing(splits) <= least and amounts.deviation(splits) <= (BALANCED_DRAW if drawn else BALANCED):
        return splits
    enough = float(_badness(least, BALANCED_DRAW)) if drawn else 0.0
    best = _swapped(amounts, splits, enough)
    for shift in range(1, min(len(splits), _STARTS)):
        if amounts.missing(best) <= least:
            break
        best = min(best, _swapped(amounts, np.roll(splits, shift), enough), key=amounts.badness)
    return best


def _swapped(amounts: Amounts, splits: NDArray[np.int64], enough: float) -> NDArray[np.int64]:
    """Return the division after each speaker in turn swapped with whom that helps most, until it is enough."""
    splits, badness, moved = splits.copy(), amounts.badness(splits), True
    while moved:
        moved = False
        for i in range(len(splits)):
            if badness <= enough:
                return splits
            after = amounts.after_swaps(splits, i)
            partner = int(after.argmin())  # the earliest of equals
            if after[partner] < badness - _WORTH:
                splits[[i, partner]] = splits[[partner, i]]
                badness, moved = after[partner], True
    return splits


def _badness(missing: ArrayLike, deviation: ArrayLike) -> NDArray[np.float64]:
    """Return what swaps lower: a missing class weighs more than any deviation.

    Rounded, so that machines that add up in another order find the same.
    """
    return np.asarray(10.0 * np.asarray(missing, dtype=np.float64) + np.round(np.asarray(deviation), 9))


def _of_each(speakers: Sequence[str], counts: pd.DataFrame) -> NDArray[np.float64]:
    """Return counts in the order of the speakers, 0 for those without any."""
    return counts.reindex(list(speakers), fill_value=0).to_numpy(np.float64)


def _counts(speakers: "pd.Series[str]", classes: "pd.Series[str] | None") -> pd.DataFrame:
    """Return speaker × class → utterances; one column of all of them without classes; "" is no class."""
    if classes is None:
        return speakers.value_counts().to_frame()
    known = classes != ""
    return pd.crosstab(speakers[known], classes[known]).sort_index(axis=1)
