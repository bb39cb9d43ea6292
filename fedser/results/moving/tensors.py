"""From the rows of scores.csv to arrays by seed, device, participation and environment."""

from dataclasses import dataclass
from itertools import product
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.arrays import Doubles
from fedser.protocol.arms import Arm
from fedser.results.moving.order import MovingOrder, arm_places, device_numbers, places
from fedser.results.moving.schema import ALL, PERSONAL, SERVER
from fedser.vocabulary import TARGETS

Ints = NDArray[np.int64]
Key = tuple[Arm, str, str]

_SHARED = {SERVER: -2, ALL: -1}


@dataclass(frozen=True, eq=False)
class Participations:
    """Scores by seed, device and participation: of the rounds, which may be many, those of a device alone.

    n is the most often that any device took part in a round that was scored.
    """

    R: Doubles
    """(seeds, devices, n, environments), NaN after a device's last one."""
    rounds: Ints
    """(seeds, devices, n): the round of each, from 1; 0 after a device's last one."""

    def at(self, places: NDArray[np.integer[Any]]) -> Ints:
        """Return (seeds, devices, n): where each device was, given it for all rounds; −1 after its last one."""
        there = np.take_along_axis(places, np.maximum(self.rounds - 1, 0), axis=2)
        return np.where(self.rounds > 0, there, -1)

    def by_round(self, rounds: int) -> Doubles:
        """Return (seeds, devices, rounds, environments), NaN where not scored; column r − 1 is round r."""
        seeds, devices, _, environments = self.R.shape
        spread = np.full((seeds, devices, rounds, environments), np.nan)
        k, device, nth = np.nonzero(self.rounds)
        spread[k, device, self.rounds[k, device, nth] - 1] = self.R[k, device, nth]
        return spread


@dataclass(frozen=True, eq=False)
class ScoreRows:
    """The rows as numbers, and which of them belong to an (arm, target, metric)."""

    of: dict[Key, Ints]
    seed: Ints
    device: Ints
    """−2 the server, −1 all devices pooled."""
    round: Ints
    environment: Ints
    value: Doubles

    @classmethod
    def read(cls, scores: pd.DataFrame, order: MovingOrder) -> Self:
        """Number the rows; `scores` must hold no names that `order` does not."""
        # A device's rows are of its own model; one of the global model would say the same for all devices.
        kept = scores[(scores["device"] == SERVER) | (scores["model"] == PERSONAL)].reset_index(drop=True)
        keys = list(product(order.arms, TARGETS, order.metrics))
        codes = arm_places(kept, order.arms) * len(TARGETS) + places(kept["target"], TARGETS)
        codes = codes * len(order.metrics) + places(kept["metric"], order.metrics)
        return cls(
            of={key: np.flatnonzero(codes == code) for code, key in enumerate(keys)},
            seed=places(kept["seed"], order.seeds),
            device=device_numbers(kept["device"]),
            round=kept["round"].to_numpy(np.int64),
            environment=places(kept["environment"], order.environments),
            value=kept["value"].to_numpy(np.float64),
        )

    def devices(self, key: Key, shape: tuple[int, int, int, int]) -> "Participations":
        """Return the scores of the devices' own models; `shape` is (seeds, devices, rounds, environments)."""
        seeds, devices, rounds, environments = shape
        rows = self.of[key]
        rows = rows[self.device[rows] >= 0]
        numbers = (self.seed[rows] * devices + self.device[rows]) * (rounds + 1) + self.round[rows]
        each, which = np.unique(numbers, return_inverse=True)
        owner, counts = np.unique(each // (rounds + 1), return_counts=True)
        most = max(1, int(counts.max(initial=0)))
        nth = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
        of = np.full((seeds * devices, most), 0, dtype=np.int64)
        of[np.repeat(owner, counts), nth] = each % (rounds + 1)
        R = np.full((seeds * devices, most, environments), np.nan)
        R[each[which] // (rounds + 1), nth[which], self.environment[rows]] = self.value[rows]
        return Participations(R.reshape(seeds, devices, most, environments), of.reshape(seeds, devices, most))

    def shared(self, key: Key, who: str, shape: tuple[int, int, int]) -> Doubles:
        """Return (seeds, rounds + 1, environments) of the server, or of all devices pooled; rounds from 0."""
        R, rows = np.full(shape, np.nan), self.of[key]
        rows = rows[self.device[rows] == _SHARED[who]]
        R[self.seed[rows], self.round[rows], self.environment[rows]] = self.value[rows]
        return R


def visit_arrays(
    visits: pd.DataFrame, order: MovingOrder, devices: int, rounds: int
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return where each device was in each round (−1: not told), and whether it was available.

    Both (seeds, devices, rounds).
    """
    shape = (len(order.seeds), devices, rounds)
    where, available = np.full(shape, -1, dtype=np.int16), np.zeros(shape, dtype=np.bool_)
    cells = (
        places(visits["seed"], order.seeds),
        visits["device"].to_numpy(np.int64),
        visits["round"].to_numpy(np.int64) - 1,
    )
    where[cells] = places(visits["environment"], order.environments)
    available[cells] = visits["available"].to_numpy(np.int64) == 1
    return where, available
