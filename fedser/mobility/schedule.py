"""A fixed round of environments, the same number of rounds in each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


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
