"""Dividing a number of places among groups that have only so many members."""

from collections.abc import Sequence


def share_equally(places: int, available: Sequence[int], order: Sequence[int] | None = None) -> list[int]:
    """Return how many places each group gets: as equal as possible, never more than it has members.

    What a small group cannot fill goes to the others. Places that cannot be divided evenly, which are all of them
    where there are more groups than places, go one each to the groups in `order`, by default the first ones.

    >>> share_equally(29, [100, 100]), share_equally(29, [100, 100], order=[1, 0])
    ([15, 14], [14, 15])
    >>> share_equally(2, [100, 100, 100, 0], order=[3, 1, 2, 0])
    [0, 1, 1, 0]
    >>> share_equally(10, [1, 100, 3])
    [1, 6, 3]
    """
    counts = [0] * len(available)
    order = range(len(available)) if order is None else order
    while places > 0:
        room = [k for k in order if counts[k] < available[k]]
        if not room:
            break
        each = max(1, places // len(room))
        for k in room[:places]:
            given = min(each, available[k] - counts[k])
            counts[k] += given
            places -= given
    return counts


def share_in_proportion(places: int, available: Sequence[int], weights: Sequence[float]) -> list[int]:
    """Return how many places each group gets by weight (largest remainder), what is left going to the others.

    >>> share_in_proportion(29, [100, 100], [0.3, 0.7])
    [9, 20]
    >>> share_in_proportion(29, [2, 100], [0.3, 0.7])
    [2, 27]
    """
    total = sum(weights)
    exact = [places * weight / total for weight in weights]
    wanted = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda k: (wanted[k] - exact[k], k))
    for k in by_remainder[: places - sum(wanted)]:
        wanted[k] += 1
    counts = [min(count, limit) for count, limit in zip(wanted, available, strict=True)]
    room = [limit - count for count, limit in zip(counts, available, strict=True)]
    extra = share_equally(places - sum(counts), room)
    return [count + more for count, more in zip(counts, extra, strict=True)]
