"""What an owner says in a round, and when its labels come."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.config import Section
from fedser.seeding import generator

NEVER = -1
"""In the place of a round: the label does not come."""


class StreamOptions(Section):
    """Section [stream]: what an owner says, and what of it is rated."""

    per_round: int | None = Field(None, ge=1, le=1_000_000)
    """Utterances in a round; left out, the owner says everything at once."""
    backlog: int | None = Field(None, ge=2, le=1_000_000)
    """Of what was said since a device last took part, it takes in the latest so many utterances, is judged on them
    and learns from them, and what was said before them is lost; left out, it takes in everything, and costs the
    more the longer it was away. What waits for labels from before then waits on."""
    label_delay: int = Field(0, ge=0, le=1_000_000)
    """Rounds until an utterance's label comes; 0 is the round in which it is spoken."""
    label_fraction: float = Field(1.0, ge=0, le=1)
    """The share of utterances that ever get a label."""
    label_noise: float = Field(0.0, ge=0, allow_inf_nan=False)
    """Standard deviation of the noise of self-reported labels, on the scale from −1 to 1."""
    label_offset: float = Field(0.0, ge=0, allow_inf_nan=False)
    """How owners differ, each the same over all rounds: an owner reports scale · label + offset + noise, the
    offset normal with this deviation, for each target its own."""
    label_scale: float = Field(0.0, ge=0, le=10)
    """The same for log(scale)."""


@dataclass(frozen=True, eq=False)
class Spoken:
    """What a device hears in one round.

    positions: (n,), utterances. labelled_in: (n,), the round in which the label comes, −1 for never.
    label_noise: (n, 2), to add to activation and valence.
    """

    positions: NDArray[np.int64]
    labelled_in: NDArray[np.int64]
    label_noise: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stream:
    """The speech of a device's owner; any round can be asked for, in any order and any process.

    owned: positions of the owner's utterances.
    """

    options: StreamOptions
    owned: NDArray[np.int64]
    device: int
    seed: int

    def spoken(self, round: int) -> Spoken:
        """Return what the owner says in a round (from 1).

        The utterances come in a random order, all of them before one comes again, and no two alike in a round; an
        owner of fewer than per_round says all of them in each. Without per_round it is everything, ascending: the
        caller says in which rounds.
        """
        positions = self._positions(round)
        options, n = self.options, len(positions)
        stream = generator(self.seed, "device", self.device, "labels", round)
        # Both are drawn whatever the options, so that one option does not change what another draws.
        comes = stream.random(n) < options.label_fraction
        noise = stream.standard_normal((n, 2)) * options.label_noise
        return Spoken(positions, np.where(comes, round + options.label_delay, NEVER), noise)

    def counts(self, round: int) -> tuple[int, int]:
        """Return how many utterances `spoken` has in a round, and how many of their labels come."""
        options, n = self.options, len(self.owned)
        n = n if options.per_round is None else min(n, options.per_round)
        if options.label_fraction in (0, 1):
            return n, n * int(options.label_fraction)
        stream = generator(self.seed, "device", self.device, "labels", round)
        return n, int((stream.random(n) < options.label_fraction).sum())

    def reported(self, labels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the owner's way of rating adds to labels (n, 2), before any noise."""
        stream = generator(self.seed, "device", self.device, "way of rating")
        offset = stream.standard_normal(2) * self.options.label_offset
        scale = np.exp(stream.standard_normal(2) * self.options.label_scale)
        return offset + (scale - 1) * labels

    def _positions(self, round: int) -> NDArray[np.int64]:
        per_round, n = self.options.per_round, len(self.owned)
        if per_round is None:
            return np.sort(self.owned)
        if n <= per_round:
            return self._shuffled(round - 1)
        begin, end = (round - 1) * per_round, round * per_round
        first, last = begin // n, (end - 1) // n
        # A pass may begin within a round, and then depends on how the one before ended; but where a pass and a
        # round begin together there is nothing to look back on, and that is so every few passes.
        together = first - first % (per_round // math.gcd(per_round, n))
        order = self._shuffled(together)
        spoken = [order]
        for number in range(together + 1, last + 1):
            said = (number * n) % per_round
            order = _begin_without(order[n - said :], self._shuffled(number), per_round - said)
            spoken.append(order)
        return np.concatenate(spoken)[begin - together * n : end - together * n]

    def _shuffled(self, number: int) -> NDArray[np.int64]:
        """Return the owned utterances in the random order of a pass."""
        return generator(self.seed, "device", self.device, "pass", number).permutation(np.sort(self.owned))


def _begin_without(said: NDArray[np.int64], order: NDArray[np.int64], places: int) -> NDArray[np.int64]:
    """Return the order with what is said already kept out of its first places, otherwise unchanged."""
    front = order[~np.isin(order, said)][:places]
    return np.concatenate([front, order[~np.isin(order, front)]])
