"""The stays of a device that moves: rounds in which it took part in one place, one after another."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Stay:
    """Rounds in which a device took part in one place, one after another."""

    environment: int
    rounds: tuple[int, ...]
    """Columns of R, ascending."""
    before: int | None
    """The column of the last round before it in which the device took part; None for its first stay."""

    @property
    def end(self) -> int:
        """The column of the departure (or of the end of the run)."""
        return self.rounds[-1]


Journey = tuple[Stay, ...]
"""All stays of one device, in order; empty if it never took part."""


def journeys(R: ArrayLike, places: ArrayLike) -> tuple[Journey, ...]:
    """Return the stays of each device.

    Raises ValueError if the shapes do not fit, a round is scored on some environments only, or a device took
    part in a round in which it was nowhere.
    """
    scores, where = np.asarray(R, dtype=np.float64), np.asarray(places)
    if scores.ndim != 3 or where.shape != scores.shape[:2]:
        raise ValueError(
            f"R {scores.shape} must be devices × rounds × environments, places {where.shape} its first two"
        )
    if np.isinf(scores).any():
        raise ValueError("R must be finite, or NaN where a device took no part")
    known = np.isfinite(scores)
    took_part = np.asarray(known.all(axis=2))
    if (known.any(axis=2) & ~took_part).any():
        raise ValueError("a round must be scored on every environment or on none")
    if ((where[took_part] < 0) | (where[took_part] >= scores.shape[2])).any():
        raise ValueError("a device took part in a round in which it was nowhere")
    return tuple(_journey(part, place) for part, place in zip(took_part, where, strict=True))


def left(journey: Journey) -> dict[int, tuple[Stay, Stay]]:
    """Return the first and the last stay in every environment that was left for good."""
    spans: dict[int, tuple[Stay, Stay]] = {}
    for stay in journey:
        first, _ = spans.get(stay.environment, (stay, stay))
        spans[stay.environment] = (first, stay)
    return {place: span for place, span in spans.items() if place != journey[-1].environment}


def returns(journey: Journey) -> list[tuple[Stay, Stay]]:
    """Return each pair of stays in one place with none there between: the one left, the one come back to."""
    latest: dict[int, Stay] = {}
    pairs = []
    for stay in journey:
        if stay.environment in latest:
            pairs.append((latest[stay.environment], stay))
        latest[stay.environment] = stay
    return pairs


def _journey(took_part: NDArray[np.bool_], places: NDArray[np.int64]) -> Journey:
    columns = [int(column) for column in np.flatnonzero(took_part)]
    stays: list[Stay] = []
    for place, rounds in groupby(columns, key=lambda column: int(places[column])):
        stays.append(Stay(place, tuple(rounds), stays[-1].end if stays else None))
    return tuple(stays)
