"""A fixed round of environments, the same number of rounds in each."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.errors import ConfigError
from fedser.mobility.mobility import Mobility, Surroundings


class Schedule(Mobility):
    """The `environments` in turn, `stay` rounds each, from the start again after the last.

    An environment that is withheld is passed over.
    """

    name: ClassVar[str] = "schedule"

    environments: list[str] = Field(min_length=1)
    """In their order."""
    stay: int = Field(1, ge=1, le=1_000_000)
    """Rounds in each."""
    stagger: bool = False
    """Device d begins at the item d (counted round) instead of the first."""

    def check(self, surroundings: Surroundings) -> None:
        """Raise ConfigError for an unknown environment, or if none of the schedule is open in round 1."""
        items = [surroundings.index(name, f"[{self.name}]: environments") for name in self.environments]
        if (surroundings.opens[items] > 1).all():
            raise ConfigError("[mobility]: withheld leaves no environment of the schedule open in round 1")

    def path(
        self, surroundings: Surroundings, device: int, rounds: int, stream: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return the environment of each round, (rounds,)."""
        items = [surroundings.names.index(name) for name in self.environments]
        return follow(items, self.stay, device if self.stagger else 0, surroundings.opens, rounds)


def follow(
    items: Sequence[int], stay: int, first: int, opens: NDArray[np.int64], rounds: int
) -> NDArray[np.int64]:
    """Return the environment of each round, (rounds,), beginning at the item `first` (counted round).

    items: environments in turn. opens: (E,), the first round of each; an environment not open yet is passed
    over, and at least one of the items must be open in round 1.
    """
    places = np.empty(rounds, dtype=np.int64)
    turn = first
    for arrival in range(1, rounds + 1, stay):
        while opens[items[turn % len(items)]] > arrival:
            turn += 1
        places[arrival - 1 : arrival - 1 + stay] = items[turn % len(items)]
        turn += 1
    return places
