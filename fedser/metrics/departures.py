"""Scores around a departure: while a device is away, and when it comes back.

R and stays as in `fedser.metrics.moving`; one row for each departure or return of any device.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from fedser.arrays import Doubles
from fedser.metrics.stays import Journey, returns


def since_departure(R: ArrayLike, stays: Sequence[Journey]) -> Doubles:
    """Return (departures, rounds): the score on the place left, minus that at the departure.

    Column k is the k-th round since then in which the device took part (0 the departure itself); NaN from the
    device's return, or the end of its run.
    """
    scores = np.asarray(R, dtype=np.float64)
    curves: list[Doubles] = []
    for rows, journey in zip(scores, stays, strict=True):
        for place, stay in enumerate(journey[:-1]):
            away: list[int] = []
            for later in journey[place + 1 :]:
                if later.environment == stay.environment:
                    break
                away += later.rounds
            curve = np.full(scores.shape[1], np.nan)
            curve[: len(away) + 1] = rows[[stay.end, *away], stay.environment] - rows[stay.end, stay.environment]
            curves.append(curve)
    return np.array(curves).reshape(-1, scores.shape[1])


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
