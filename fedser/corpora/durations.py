"""Durations of many audio files, from their headers, and what is wrong with those that are of no use."""

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser import audio
from fedser.audio import UnreadableAudioError

_THREADS = 8
"""On a network disk every header costs a round trip, so several are under way at once."""

_BATCH = 64
"""Files handed to a thread at a time."""


@dataclass(frozen=True, eq=False)
class Examined:
    """What is known of n audio files without decoding them.

    duration_s: (n,) in seconds, NaN where there is a fault. faults: by position, in their order.
    """

    duration_s: NDArray[np.float64]
    faults: Mapping[int, UnreadableAudioError]


def examine(paths: pd.Series, known_s: pd.Series) -> Examined:
    """Return the durations of n files, and the faults of those that are missing, unreadable or without a signal.

    `known_s` (n values, NaN where not known) spares a look into the file; such a one need only be there.
    """
    files = list(zip(paths.tolist(), known_s.tolist(), strict=True))
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    with ThreadPoolExecutor(_THREADS) as threads:
        found = list(chain.from_iterable(threads.map(_examine_all, batches)))
    faults = {k: each for k, each in enumerate(found) if isinstance(each, UnreadableAudioError)}
    seconds = [math.nan if isinstance(each, UnreadableAudioError) else each for each in found]
    return Examined(np.array(seconds, dtype=np.float64), faults)


def _examine_all(files: list[tuple[str, float]]) -> list[float | UnreadableAudioError]:
    return [_examine(path, known_s) for path, known_s in files]


def _examine(path: str, known_s: float) -> float | UnreadableAudioError:
    try:
        if math.isnan(known_s):
            return audio.examine(path)
        audio.check_openable(path)
    except UnreadableAudioError as fault:
        return fault
    return known_s
