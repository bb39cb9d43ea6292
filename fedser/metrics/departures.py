"""Scores around a departure: while a device is away, and when it comes back.

R and stays as in `fedser.metrics.moving`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedser.arrays import Doubles
from fedser.metrics.stays import Journey, returns


@dataclass(frozen=True, eq=False)
class SinceDeparture:
    """The score on a place left, minus that at the departure, by how long ago that was.

    Entry k is for the k-th round since then in which the device took part (0 the departure itself). A departure
    counts until the device's return, or the end of its run.
    """

    mean: Doubles
    """(rounds,), over the departures that are still away; NaN where none is."""
    away: NDArray[np.int64]
    """(rounds,), how many departures those are; `away[0]` are all there were."""


def since_departure(R: ArrayLike, stays: Sequence[Journey]) -> SinceDeparture:
    """Return how scores change after a place was left.

    Its time grows as devices × rounds × environments, whatever the number of departures: in a round a device can
    be away from a place by its last departure alone.
    """
    scores = np.asarray(R, dtype=np.float64)
    total, away = np.zeros(scores.shape[1]), np.zeros(scores.shape[1], dtype=np.int64)
    for rows, journey in zip(scores, stays, strict=True):
        columns = np.array([column for stay in journey for column in stay.rounds], dtype=np.int64)
        begins = np.cumsum([0, *(len(stay.rounds) for stay in journey)])
        later = _returned_to(journey)
        for place, stay in enumerate(journey[:-1]):
            gone = columns[begins[place + 1] - 1 : begins[later[place]]]
            total[: len(gone)] += rows[gone, stay.environment] - rows[stay.end, stay.environment]
            away[: len(gone)] += 1
    return SinceDeparture(np.where(away > 0, total / np.maximum(away, 1), np.nan), away)


def _returned_to(journey: Journey) -> list[int]:
    """Return for each stay the number of the next one in its environment; the number of stays where none is."""
    upcoming: dict[int, int] = {}
    found = [len(journey)] * len(journey)
    for place in reversed(range(len(journey))):
        found[place] = upcoming.get(journey[place].environment, len(journey))
        upcoming[journey[place].environment] = place
    return found


def around_return(R: ArrayLike, stays: Sequence[Journey]) -> Doubles:
    """Return (returns, 3): the score on a place at departure, on return, and at the end of the stay returned to.

    On return: by the model as it was before the new stay.
    """
    scores = np.asarray(R, dtype=np.float64)
    found = [
        rows[[past.end, back.before, back.end], back.environment]
        for rows, journey in zip(scores, stays, strict=True)
        for past, back in returns(journey)
    ]
    return np.array(found, dtype=np.float64).reshape(-1, 3)
