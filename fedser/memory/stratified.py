"""Memories balanced over emotion, and within it over length, gender or speaker.

Nine buckets, activation bin × valence bin, share the capacity (261 = 9 × 29). What a bucket or a group cannot
fill goes to the others and is reported; nothing is taken twice. Which buckets get one place more, where the
capacity is no multiple of nine, and which speakers, where their number divides no bucket's places, is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedser.memory.quotas import share_equally, share_in_proportion
from fedser.metrics import bin_levels
from fedser.metrics.uar import LEVELS

Positions = NDArray[np.int64]

BUCKETS = 9


@dataclass(frozen=True)
class Bucket:
    """What a quota may look at; groups come in alphabetical order."""

    index: int
    """0 to 8."""
    places: int
    """To be shared among the groups."""
    sizes: Sequence[int]
    """Members of each group in this bucket."""
    given: Sequence[int]
    """Places that each group has got in the buckets before."""


@dataclass(frozen=True)
class Shares:
    """The places of each group, and those that were meant for it whatever its size: fewer are a shortfall."""

    places: list[int]
    meant: list[int]


Quota = Callable[[Bucket], Shares]


@dataclass(frozen=True)
class Selection:
    """Positions chosen, ascending, and a line for every quota that could not be met."""

    positions: Positions
    shortfalls: tuple[str, ...]


def select(
    activation: NDArray[np.float64],
    valence: NDArray[np.float64],
    groups: NDArray[np.str_],
    quota: Quota,
    capacity: int,
    stream: np.random.Generator,
) -> Selection:
    """Choose up to `capacity` of n utterances with labels (n,), (n,) in groups (n,); group "" is no candidate."""
    names = sorted(set(groups.tolist()) - {""})
    bucket = 3 * bin_levels(activation) + bin_levels(valence)
    known = groups != ""
    members = [np.flatnonzero((bucket == b) & known) for b in range(BUCKETS)]
    # Places that nine buckets cannot share alike are drawn, or a memory of six would hold no high activation.
    order = stream.permutation(BUCKETS).tolist() if capacity % BUCKETS else None
    places = share_equally(capacity, [len(m) for m in members], order)
    fair = share_equally(capacity, [capacity] * BUCKETS, order)
    chosen: list[Positions] = []
    shortfalls: list[str] = []
    given = [0] * len(names)
    for b, inside in enumerate(members):
        label = f"activation {LEVELS[b // 3]}, valence {LEVELS[b % 3]}"
        if places[b] < fair[b]:
            shortfalls.append(f"{label}: {places[b]} of {fair[b]} places filled")
        by_group = [inside[groups[inside] == name] for name in names]
        shares = quota(Bucket(b, places[b], [len(group) for group in by_group], given))
        shortfalls += [
            f"{label}, {name}: {count} of {meant}"
            for name, count, meant in zip(names, shares.places, shares.meant, strict=True)
            if count < meant
        ]
        chosen += [
            stream.choice(group, count, replace=False)
            for group, count in zip(by_group, shares.places, strict=True)
        ]
        given = [before + count for before, count in zip(given, shares.places, strict=True)]
    return Selection(np.sort(np.concatenate(chosen)).astype(np.int64), tuple(shortfalls))


def length_groups(duration_s: NDArray[np.float64]) -> NDArray[np.str_]:
    """Return "outer" for durations in the first and last quartile, "inner" for the others, (n,)."""
    first, last = np.quantile(duration_s, [0.25, 0.75])
    return np.where((duration_s < first) | (duration_s > last), "outer", "inner")


def length_quota(outer_share: float) -> Quota:
    """Return the quota that gives `outer_share` of the places to the outer quartiles, the rest to the inner."""

    def quota(bucket: Bucket) -> Shares:
        def shares(sizes: Sequence[int]) -> list[int]:
            # Groups come in alphabetical order: inner, outer.
            if len(sizes) < 2:  # all durations equal: everything is inner
                return share_equally(bucket.places, sizes)
            return share_in_proportion(bucket.places, sizes, [1 - outer_share, outer_share])

        return Shares(shares(bucket.sizes), shares([bucket.places] * len(bucket.sizes)))

    return quota


def alternating_quota(bucket: Bucket) -> Shares:
    """Share the places equally; the odd one goes to another group in every bucket (15/14, 14/15, …)."""
    groups = len(bucket.sizes)
    order = [(bucket.index + k) % groups for k in range(groups)]
    meant = share_equally(bucket.places, [bucket.places] * groups, order)
    return Shares(share_equally(bucket.places, bucket.sizes, order), meant)


def drawn_quota(stream: np.random.Generator) -> Quota:
    """Return the quota that shares the places equally, and draws who gets the odd ones.

    They go to the groups that have got the fewest places so far, among those in a random order: with more groups
    than places every group has the same chance, and the whole memory is shared as equally as each bucket. Only a
    share that all groups have is meant for each; an odd place is meant for nobody in particular.
    """

    def quota(bucket: Bucket) -> Shares:
        groups = len(bucket.sizes)
        order = np.lexsort((stream.permutation(groups), np.asarray(bucket.given))).tolist()
        return Shares(
            share_equally(bucket.places, bucket.sizes, order), [bucket.places // max(1, groups)] * groups
        )

    return quota
