"""What moving about does to devices that come back: measures from R[device, round, environment].

R (devices, rounds, environments) holds the score of each device's own model on the test split of every
environment after the round's learning; a round in which a device took no part is a row of NaN. `places`
(devices, rounds) says where it was. Everything is counted in rounds in which the device took part: a **stay**
is a run of such rounds in one place, and being elsewhere without taking part does not end it, since nothing was
learnt there (`fedser.metrics.stays`). An environment is **visited** with the first stay there, and **left** if
the last stay of all is elsewhere.

Each measure is one number per device, NaN where it does not exist: nothing is padded with 0. For a device that
visits each environment once, in a stay of one round, average, BWT and FWT are those of
`fedser.metrics.transfer`. Sources: Lopez-Paz & Ranzato 2017 (arXiv:1706.08840); Chaudhry et al. 2018
(arXiv:1801.10112), whose forgetting also looks at scores after the departure: here those are the loss itself.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from fedser.arrays import Doubles
from fedser.metrics.stays import Journey, left, returns

REACHED = 0.95
"""The share of a stay's best gain at which a device counts as adapted."""

DECILE = 10


def final_scores(R: ArrayLike) -> Doubles:
    """Return (devices, environments): the scores after the last round in which each device took part."""
    scores = np.asarray(R, dtype=np.float64)
    took_part = np.asarray(np.isfinite(scores).all(axis=2))
    last = scores.shape[1] - 1 - np.argmax(took_part[:, ::-1], axis=1)
    finals: Doubles = scores[np.arange(len(scores)), last]
    return finals


def average(R: ArrayLike) -> Doubles:
    """Return the mean score over all environments, visited or not, after the last round of each device."""
    means: Doubles = final_scores(R).mean(axis=1)
    return means


def forgetting_by_environment(R: ArrayLike, stays: Sequence[Journey]) -> Doubles:
    """Return (devices, environments): how far the score on a place left fell from its best.

    The best score on it from the first round of the first stay there to the last round of the last stay there
    (rounds spent elsewhere between stays count), minus the score at the end. Negative where being elsewhere
    improved it. NaN for an environment not visited, or not left.
    """
    scores = np.asarray(R, dtype=np.float64)
    lost = np.full((scores.shape[0], scores.shape[2]), np.nan)
    for device, journey in enumerate(stays):
        for environment, (first, last) in left(journey).items():
            best = np.nanmax(scores[device, first.rounds[0] : last.end + 1, environment])
            lost[device, environment] = best - scores[device, journey[-1].end, environment]
    return lost


def forgetting(R: ArrayLike, stays: Sequence[Journey]) -> Doubles:
    """Return the mean of `forgetting_by_environment` over the environments a device left."""
    return np.array([_mean(row[~np.isnan(row)]) for row in forgetting_by_environment(R, stays)])


def bwt(R: ArrayLike, stays: Sequence[Journey]) -> Doubles:
    """Return backward transfer: the score at the end minus that at the last departure, mean over places left."""

    def of(scores: Doubles, journey: Journey) -> list[float]:
        end = journey[-1].end if journey else 0
        return [scores[end, e] - scores[last.end, e] for e, (_, last) in left(journey).items()]

    return _per_device(R, stays, of)


def fwt(R: ArrayLike, stays: Sequence[Journey], start: ArrayLike) -> Doubles:
    """Return forward transfer: what learning elsewhere did to a place before the first stay there.

    The score just before the first stay minus `start` (environments,), the scores of the model all devices
    began with; mean over the environments visited but the first. (The original subtracts an untrained model's.)
    """
    began = np.asarray(start, dtype=np.float64)

    def of(scores: Doubles, journey: Journey) -> list[float]:
        firsts = {stay.environment: stay for stay in reversed(journey)}.values()
        return [
            scores[stay.before, stay.environment] - began[stay.environment]
            for stay in firsts
            if stay.before is not None
        ]

    return _per_device(R, stays, of)


def reentry_gap(R: ArrayLike, stays: Sequence[Journey]) -> Doubles:
    """Return the score on return minus that at departure, mean over all returns; negative: lost while away.

    On return: on the place returned to, by the model as it was before the new stay, that is after the last
    round elsewhere.
    """

    def of(scores: Doubles, journey: Journey) -> list[float]:
        return [
            scores[back.before, back.environment] - scores[past.end, back.environment]
            for past, back in returns(journey)
        ]

    return _per_device(R, stays, of)


def adaptation_lag(R: ArrayLike, stays: Sequence[Journey], start: ArrayLike) -> Doubles:
    """Return the rounds a device needs in a new stay to reach 95 % of the stay's best gain, mean over stays.

    The gain is the score on the place stayed at minus that just before the stay (`start`, (environments,), for
    the first); the first round of the stay is 1. A stay of one round says nothing of speed, nor does one that
    gains nothing: both are left out. A stay cut short can show no lag longer than itself.
    """
    began = np.asarray(start, dtype=np.float64)

    def of(scores: Doubles, journey: Journey) -> list[float]:
        lags = []
        for stay in (stay for stay in journey if len(stay.rounds) > 1):
            before = began if stay.before is None else scores[stay.before]
            gains = scores[list(stay.rounds), stay.environment] - before[stay.environment]
            if gains.max() > 0:
                lags.append(float(np.argmax(gains >= REACHED * gains.max()) + 1))
        return lags

    return _per_device(R, stays, of)


def personal_gain(R: ArrayLike, shared: ArrayLike, rounds: ArrayLike | None = None) -> Doubles:
    """Return personal − global: a device's scores in its last round minus the global model's, mean over places.

    `shared` (rounds + 1, environments) holds the global model's scores, row 0 before the first round, NaN where
    it was not scored: then those of the last round before count. `rounds` (devices, rounds): which round each
    column of a device is; by default the first is round 1, and so on.
    """
    scores, common = np.asarray(R, dtype=np.float64), np.asarray(shared, dtype=np.float64)
    count = np.arange(1, scores.shape[1] + 1)
    numbers = np.broadcast_to(count if rounds is None else np.asarray(rounds), scores.shape[:2])
    gains = np.full(len(scores), np.nan)
    for device, rows in enumerate(scores):
        took_part = np.flatnonzero(~np.isnan(rows).all(axis=1))
        if took_part.size:
            known = common[: numbers[device, took_part[-1]] + 1]
            known = known[~np.isnan(known).any(axis=1)]
            gains[device] = np.mean(rows[took_part[-1]] - known[-1]) if len(known) else np.nan
    return gains


def worst_decile(values: ArrayLike) -> float | None:
    """Return the mean of the lowest tenth of the devices (rounded up: at least one), None without any.

    Devices that never took part (NaN) do not count.

    >>> worst_decile([0.5, 0.1, 0.3])
    0.1
    """
    known = np.asarray(values, dtype=np.float64)
    known = np.sort(known[~np.isnan(known)])
    return float(known[: math.ceil(known.size / DECILE)].mean()) if known.size else None


def _per_device(
    R: ArrayLike, stays: Sequence[Journey], of: Callable[[Doubles, Journey], Sequence[float]]
) -> Doubles:
    scores = np.asarray(R, dtype=np.float64)
    return np.array([_mean(of(rows, journey)) for rows, journey in zip(scores, stays, strict=True)])


def _mean(values: Sequence[float] | Doubles) -> float:
    return float(np.mean(values)) if len(values) else np.nan
