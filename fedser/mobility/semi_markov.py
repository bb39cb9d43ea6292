"""A semi-Markov walk: stays of random length, then on to another environment."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from fedser.mobility.dwell import Dwell
from fedser.mobility.mobility import Mobility, Surroundings
from fedser.mobility.start import ANY, check_start, first_place
from fedser.mobility.transitions import Transitions, check_rows, transition_matrix

PRESETS = {
    "slow": Dwell(kind="geometric", mean=10),
    "medium": Dwell(kind="geometric", mean=5),
    "fast": Dwell(kind="geometric", mean=2),
}
"""Stays of the presets, in rounds."""


class SemiMarkov(Mobility):
    """Stays of random length, then on to another environment.

    A device chooses among the environments that are open, by their remaining probabilities, and stays while there
    is nowhere to go.
    """

    name: ClassVar[str] = "semi-markov"

    preset: Literal["slow", "medium", "fast"] | None = None
    """A dwell time with a name, in place of `dwell`."""
    dwell: Dwell | None = None
    """The length of stays."""
    dwell_in: dict[str, Dwell] = Field({})
    """The length of stays in single environments."""
    transitions: Transitions | None = None
    """Where a device goes next, a row of probabilities for each environment; by default any other one, equally
    likely."""
    start: str = ANY
    """An environment, or "random": any that is open in round 1."""

    @field_validator("transitions", mode="before")
    @classmethod
    def _rows_add_up(cls, value: object) -> object:
        return value if value is None else check_rows(value)

    @model_validator(mode="after")
    def _one_source_of_stays(self) -> Self:
        if (self.dwell is None) == (self.preset is None):
            both = "dwell is given, and preset too; leave out one" if self.dwell else "dwell or preset is needed"
            raise ValueError(f'{both}, such as dwell = {{kind = "poisson", mean = 6}} or preset = "medium"')
        return self

    def check(self, surroundings: Surroundings) -> None:
        """Raise ConfigError where options and environments do not match."""
        for name in self.dwell_in:
            surroundings.index(name, f"[{self.name}]: dwell_in")
        check_start(self.start, surroundings, f"[{self.name}]")
        transition_matrix(self.transitions, surroundings.names)

    def path(
        self, surroundings: Surroundings, device: int, rounds: int, stream: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return the environment of each round, (rounds,)."""
        start = first_place(self.start, surroundings, stream)
        matrix = transition_matrix(self.transitions, surroundings.names)
        dwells = [self.dwell_of(name) for name in surroundings.names]
        return walk(start, matrix, dwells, surroundings.opens, rounds, stream)

    def dwell_of(self, environment: str) -> Dwell:
        """Return the distribution of stays in an environment."""
        general = self.dwell or PRESETS[self.preset or ""]
        return self.dwell_in.get(environment, general)


def walk(
    start: int,
    matrix: NDArray[np.float64],
    dwells: Sequence[Dwell],
    opens: NDArray[np.int64],
    rounds: int,
    stream: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the environment of each round, (rounds,); more rounds go on where fewer stop.

    matrix: (E, E), from × to. dwells: one for each environment. opens: (E,), the first round of each: among the
    environments open already the choice is by their probabilities; if none is, the stay lasts until one opens.
    """
    places = np.empty(rounds, dtype=np.int64)
    first_way_out = [int(opens[row > 0].min()) for row in matrix]
    openings, ways = sorted(opens.tolist()), dict[tuple[int, int], list[float]]()
    here, arrival = start, 1
    while arrival <= rounds:
        departure = max(arrival + dwells[here].draw(stream), first_way_out[here])
        places[arrival - 1 : departure - 1] = here
        key = here, bisect_right(openings, departure)
        if key not in ways:
            ways[key] = _cumulative(np.where(opens <= departure, matrix[here], 0.0))
        # What Generator.choice does, with the same draws, without its checks at every stay.
        here = bisect_right(ways[key], stream.random())
        arrival = departure
    return places


def _cumulative(chances: NDArray[np.float64]) -> list[float]:
    """Return the distribution function of a choice, as Generator.choice has it from probabilities."""
    sums = (chances / chances.sum()).cumsum()
    return list((sums / sums[-1]).tolist())
