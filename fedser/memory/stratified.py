"""Memories balanced over emotion, and within it over length, gender or speaker.

Nine buckets, activation bin × valence bin, share the capacity (261 = 9 × 29). What a bucket or a group cannot
fill goes to the others and is reported; nothing is taken twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedser.memory.quotas import share_equally, share_in_proportion
from fedser.metrics import bin_levels
from fedser.metrics.uar import LEVELS

Positions = NDArray[np.int64]
Quota = Callable[[int, Sequence[int], int], list[int]]
"""(places, members of each group, index of the bucket) → places of each group."""


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
    members = [np.flatnonzero((bucket == b) & known) for b in range(9)]
    places = share_equally(capacity, [len(m) for m in members])
    fair = share_equally(capacity, [capacity] * 9)
    chosen: list[Positions] = []
    shortfalls: list[str] = []
    for b, inside in enumerate(members):
        label = f"activation {LEVELS[b // 3]}, valence {LEVELS[b % 3]}"
        if places[b] < fair[b]:
            shortfalls.append(f"{label}: {places[b]} of {fair[b]} places filled")
        by_group = [inside[groups[inside] == name] for name in names]
        sizes = [len(group) for group in by_group]
        counts = quota(places[b], sizes, b)
        wanted = quota(places[b], [places[b]] * len(names), b)
        shortfalls += [
            f"{label}, {name}: {count} of {want}"
            for name, count, want in zip(names, counts, wanted, strict=True)
            if count < want
        ]
        chosen += [
            stream.choice(group, count, replace=False) for group, count in zip(by_group, counts, strict=True)
        ]
    return Selection(np.sort(np.concatenate(chosen)).astype(np.int64), tuple(shortfalls))


def length_groups(duration_s: NDArray[np.float64]) -> NDArray[np.str_]:
    """Return "outer" for durations in the first and last quartile, "inner" for the others, (n,)."""
    first, last = np.quantile(duration_s, [0.25, 0.75])
    return np.where((duration_s < first) | (duration_s > last), "outer", "inner")


def length_quota(outer_share: float) -> Quota:
    """Return the quota that gives `outer_share` of the places to the outer quartiles, the rest to the inner."""

    def quota(places: int, sizes: Sequence[int], bucket: int) -> list[int]:
        # Groups come in alphabetical order: inner, outer.
        if len(sizes) < 2:  # all durations equal: everything is inner
            return share_equally(places, sizes)
        return share_in_proportion(places, sizes, [1 - outer_share, outer_share])

    return quota


def equal_quota(places: int, sizes: Sequence[int], bucket: int) -> list[int]:
    """Share the places equally; the odd place goes to another group in every bucket (15/14, 14/15, …)."""
    return share_equally(places, sizes, first=bucket % len(sizes)) if sizes else []
