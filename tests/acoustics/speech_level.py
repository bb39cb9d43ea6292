"""Active speech level as ITU-T P.56, method B, writes it: sample by sample, in plain Python."""

import math

from fedser.vocabulary import RATE_HZ

THRESHOLDS = [2.0**-j for j in range(22)]  # the standard's 14, and more for quiet files
MARGIN_DB = 15.9


def active_power(samples):
    """Return the active level of samples, as power."""
    g, hangover = math.exp(-1 / (RATE_HZ * 0.03)), int(0.2 * RATE_HZ)
    p = q = square = 0.0
    active, hang = [0] * len(THRESHOLDS), [hangover] * len(THRESHOLDS)
    for sample in map(float, samples):
        square += sample * sample
        p = g * p + (1 - g) * abs(sample)
        q = g * q + (1 - g) * p
        for j, threshold in enumerate(THRESHOLDS):
            if q >= threshold:
                active[j] += 1
                hang[j] = 0
            elif hang[j] < hangover:
                active[j] += 1
                hang[j] += 1
    below = None
    for count, threshold in zip(active[::-1], THRESHOLDS[::-1], strict=True):  # as they rise
        level, edge = 10 * math.log10(square / count), 20 * math.log10(threshold)
        if level - edge <= MARGIN_DB:
            share = (below[1] - MARGIN_DB) / (below[1] - (level - edge))
            return 10 ** ((below[0] + share * (level - below[0])) / 10)
        below = (level, level - edge)
    raise ValueError("no threshold lies near enough below the level")
