"""Where every device is in every round, and whether it can be reached."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Itinerary:
    """The plan of a run, by device (from 0) and round (round r is column r − 1).

    places: (devices, rounds), the index of the environment where the device is.
    available: (devices, rounds), whether the device can take part.
    """

    places: NDArray[np.int64]
    available: NDArray[np.bool_]

    @property
    def arrivals(self) -> NDArray[np.bool_]:
        """(devices, rounds): whether the round is the first of a stay; round 1 always is."""
        first = np.ones((len(self.places), 1), dtype=bool)
        return np.hstack([first, self.places[:, 1:] != self.places[:, :-1]])
