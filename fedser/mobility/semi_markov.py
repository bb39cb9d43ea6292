"""A semi-Markov walk: a stay of random length, then on to another environment."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fedser.mobility.dwell import Dwell


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
    here, arrival = start, 1
    while arrival <= rounds:
        first_way_out = int(opens[matrix[here] > 0].min())
        departure = max(arrival + dwells[here].draw(stream), first_way_out)
        places[arrival - 1 : departure - 1] = here
        chances = np.where(opens <= departure, matrix[here], 0.0)
        here = int(stream.choice(len(chances), p=chances / chances.sum()))
        arrival = departure
    return places
