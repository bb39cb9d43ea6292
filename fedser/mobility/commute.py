"""A working week: nights and weekends at home, days at work, and some evenings out."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.errors import ConfigError
from fedser.mobility.mobility import Mobility, Surroundings


class Commute(Mobility):
    """Every day has `morning_rounds` at home, `work_rounds` at work, and `evening_rounds`, at home or out.

    What is withheld is spent at home, which itself must be open in round 1.
    """

    name: ClassVar[str] = "commute"

    home: str = "home"
    """The environment where mornings, and evenings not spent out, pass."""
    work: str = "office"
    """The environment where a workday passes."""
    way: str | None = None
    """The environment on the way to work and back, a round each; left out, there is no way."""
    out: list[str] = Field(["café"], min_length=1)
    """The environments of evenings out, each equally likely."""
    evenings_out: float = Field(0.3, ge=0, le=1)
    """The probability of an evening out."""
    workdays: int = Field(5, ge=0, le=7)
    """The first so many days of seven; on the others, work and way are spent at home."""
    morning_rounds: int = Field(1, ge=0, le=1_000_000)
    """Rounds at home in the morning."""
    work_rounds: int = Field(1, ge=1, le=1_000_000)
    """Rounds at work."""
    evening_rounds: int = Field(1, ge=0, le=1_000_000)
    """Rounds in the evening."""

    def check(self, surroundings: Surroundings) -> None:
        """Raise ConfigError for an unknown environment, or a home that is withheld."""
        named = {"home": [self.home], "work": [self.work], "way": [self.way] if self.way else [], "out": self.out}
        for option, names in named.items():
            for name in names:
                surroundings.index(name, f"[{self.name}]: {option}")
        if surroundings.opens[surroundings.names.index(self.home)] > 1:
            raise ConfigError(f'[{self.name}]: home = "{self.home}" is withheld in round 1; open it')

    def path(
        self, surroundings: Surroundings, device: int, rounds: int, stream: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return the environment of each round, (rounds,), from the morning of the first workday on."""
        days: list[str] = []
        day = 0
        while len(days) < rounds:
            goes_out = stream.random() < self.evenings_out
            evening = self.out[int(stream.integers(len(self.out)))]
            days += self._day(day % 7 < self.workdays, evening if goes_out else self.home)
            day += 1
        places = np.array([surroundings.names.index(name) for name in days[:rounds]], dtype=np.int64)
        is_open = surroundings.opens[places] <= np.arange(1, rounds + 1)
        return np.where(is_open, places, surroundings.names.index(self.home))

    def _day(self, works: bool, evening: str) -> list[str]:
        """Return the environment of each round of a day."""
        way = [self.way] if self.way else []
        day = [*way, *[self.work] * self.work_rounds, *way]
        return [
            *[self.home] * self.morning_rounds,
            *(day if works else [self.home] * len(day)),
            *[evening] * self.evening_rounds,
        ]
