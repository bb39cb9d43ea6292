"""What an itinerary's walks look like in numbers."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.mobility.planning import Itinerary


def transition_counts(itinerary: Itinerary, environments: int | None = None) -> NDArray[np.int64]:
    """Return (E, E), how often a device went from one environment to another; the diagonal is 0.

    environments: E; without it, up to the last one visited.
    """
    places = itinerary.places
    count = int(places.max()) + 1 if environments is None else environments
    before, after = places[:, :-1], places[:, 1:]
    moved = before != after
    counts = np.zeros((count, count), dtype=np.int64)
    np.add.at(counts, (before[moved], after[moved]), 1)
    return counts


def dwell_lengths(itinerary: Itinerary) -> pd.DataFrame:
    """Return a row for each stay: device, environment, first_round, rounds, censored.

    A censored stay is the last of its device: the run ended before it did, so it lasts `rounds` at least.
    """
    device, column = np.nonzero(itinerary.arrivals)
    last = np.append(device[1:] != device[:-1], True)
    end = np.where(last, itinerary.places.shape[1], np.append(column[1:], 0))
    return pd.DataFrame(
        {
            "device": device,
            "environment": itinerary.places[device, column],
            "first_round": column + 1,
            "rounds": end - column,
            "censored": last,
        }
    )
