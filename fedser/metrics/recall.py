"""The metric `uar`: unweighted average recall over the bins low, mid and high."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from fedser.metrics.metric import Metric, Series
from fedser.metrics.pooled import Confusion
from fedser.metrics.uar import bin_levels, uar


class Recall(Metric):
    """UAR of predictions and labels sorted into three bins."""

    name: ClassVar[str] = "uar"
    title: ClassVar[str] = "UAR"
    size: ClassVar[int] = 9
    least: ClassVar[float] = 0.0
    most: ClassVar[float] = 1.0

    @classmethod
    def statistics(cls, prediction: Series, label: Series) -> list[float]:
        """Return the confusion matrix, row by row."""
        return [float(count) for count in Confusion.of(prediction, label).to_list()]

    @classmethod
    def value(cls, statistics: Sequence[float]) -> float:
        """Return the UAR."""
        return Confusion.from_list(list(statistics)).uar()

    @classmethod
    def fits(cls, statistics: Sequence[float], label: Series) -> bool:
        """Return whether every level has as many labels as there are."""
        told, true = (Confusion.from_list(list(n)).counts for n in (statistics, cls.statistics(label, label)))
        return [sum(row) for row in told] == [sum(row) for row in true]

    @classmethod
    def score(cls, prediction: Series, label: Series) -> float:
        """Return the UAR."""
        return uar(bin_levels(prediction), bin_levels(label))

    @classmethod
    def of_a_constant(cls, label: Series) -> float | None:
        """Return one over the number of bins that labels are in."""
        return 1 / max(1, len(np.unique(bin_levels(label))))
