"""What a metric is: a score of predictions, and the statistics by which many devices' scores are one."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
"""(n,) predictions or labels of one target, in [-1, 1]."""


class Metric(ABC):
    """A metric by its name; it has no options and no state.

    Devices score themselves on the same speech and tell statistics, from which the score of all of them together
    is computed exactly. Nothing in the statistics may say which utterance they come from.
    """

    extends: ClassVar[str] = "metrics"

    name: ClassVar[str]
    """How configurations and `scores.csv` write it."""
    title: ClassVar[str]
    """How tables write it."""
    size: ClassVar[int]
    """How many numbers its statistics are."""
    higher_is_better: ClassVar[bool] = True
    least: ClassVar[float] = -math.inf
    most: ClassVar[float] = math.inf
    """Between which values every score lies, both included."""

    @classmethod
    @abstractmethod
    def statistics(cls, prediction: Series, label: Series) -> list[float]:
        """Return what the score of n ≥ 1 predictions can be computed from, `size` finite numbers."""

    @classmethod
    def pooled(cls, one: Sequence[float], other: Sequence[float]) -> list[float]:
        """Return the statistics of two sets of utterances together; by default their sums."""
        return [a + b for a, b in zip(one, other, strict=True)]

    @classmethod
    @abstractmethod
    def value(cls, statistics: Sequence[float]) -> float:
        """Return the score that statistics stand for."""

    @classmethod
    def fits(cls, statistics: Sequence[float], label: Series) -> bool:
        """Return whether `size` finite numbers can be the statistics of some predictions for these labels.

        A server asks it of what a device says. By default, whether they stand for a finite score.
        """
        return math.isfinite(cls.value(statistics))

    @classmethod
    def score(cls, prediction: Series, label: Series) -> float:
        """Return the score of n ≥ 1 predictions."""
        return cls.value(cls.statistics(prediction, label))

    @classmethod
    def of_a_constant(cls, label: Series) -> float | None:
        """Return what the same prediction for all would score; None where that depends on the prediction."""
        return None
