"""Durations of many audio files, from their headers."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser import audio

_THREADS = 8
"""On a network disk every header costs a round trip, so several are under way at once."""

_BATCH = 64
"""Files handed to a thread at a time."""


def durations_s(paths: pd.Series, known_s: pd.Series) -> NDArray[np.float64]:
    """Return the duration of n files in seconds; NaN for files that are missing or unreadable.

    `known_s` (n values, NaN where not known) spares the header; such a file need only exist.
    """
    files = list(zip(paths.tolist(), known_s.tolist(), strict=True))
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    with ThreadPoolExecutor(_THREADS) as threads:
        found = chain.from_iterable(threads.map(_durations_of, batches))
        return np.fromiter(found, dtype=np.float64, count=len(files))


def _durations_of(files: list[tuple[str, float]]) -> list[float]:
    return [_duration_of(path, known_s) for path, known_s in files]


def _duration_of(path: str, known_s: float) -> float:
    if not math.isnan(known_s):
        # Unlike that of `Path`, it also answers for a name that is too long, or in a loop of links.
        return known_s if os.path.isfile(path) else math.nan  # noqa: PTH113
    try:
        return audio.duration_s(path)
    except audio.UnreadableAudioError:
        return math.nan
