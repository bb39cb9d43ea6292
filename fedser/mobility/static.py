"""Devices that stay where they are."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fedser.mobility.mobility import Mobility, Surroundings
from fedser.mobility.start import ANY, check_start, first_place


class Static(Mobility):
    """Every device stays where it starts."""

    name: ClassVar[str] = "static"

    start: str = ANY
    """An environment, or "random": any that is open in round 1."""

    def check(self, surroundings: Surroundings) -> None:
        """Raise ConfigError for a start that is unknown or withheld."""
        check_start(self.start, surroundings, f"[{self.name}]")

    def path(
        self, surroundings: Surroundings, device: int, rounds: int, stream: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return the environment of each round, (rounds,)."""
        return np.full(rounds, first_place(self.start, surroundings, stream), dtype=np.int64)
