"""Success of an attack that wants nothing but damage."""

from fedser.arrays import Doubles
from fedser.metrics import ccc

WANTS = "the share of its CCC that the shared model has lost since before any device had learnt, 0 to 1."


def mean_ccc(predicted: Doubles, labels: Doubles) -> float:
    """Return the CCC, mean over activation and valence; both are (n, 2)."""
    return float((ccc(predicted[:, 0], labels[:, 0]) + ccc(predicted[:, 1], labels[:, 1])) / 2)


def damage(predicted: Doubles, before: Doubles, labels: Doubles) -> float:
    """Return the share of the CCC before that is gone, 0 to 1; 0 where there was none to lose. All are (n, 2)."""
    had = mean_ccc(before, labels)
    return min(1.0, max(0.0, 1 - mean_ccc(predicted, labels) / had)) if had > 0 else 0.0
