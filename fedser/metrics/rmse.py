"""The metric `rmse`: root mean squared error, on the scale of the labels, -1 to 1."""

import math
from collections.abc import Sequence
from typing import ClassVar

from fedser.metrics.metric import Metric, Series


class RootMeanSquaredError(Metric):
    """How far predictions are off; lower is better."""

    name: ClassVar[str] = "rmse"
    title: ClassVar[str] = "RMSE"
    size: ClassVar[int] = 2
    higher_is_better: ClassVar[bool] = False
    least: ClassVar[float] = 0.0

    @classmethod
    def statistics(cls, prediction: Series, label: Series) -> list[float]:
        """Return the number of utterances and the sum of squared errors."""
        return [float(len(label)), float(((prediction - label) ** 2).sum())]

    @classmethod
    def value(cls, statistics: Sequence[float]) -> float:
        """Return the root of the mean; raises ValueError for no utterances."""
        count, squares = statistics
        if count <= 0:
            raise ValueError("there is no RMSE of no utterances")
        return math.sqrt(squares / count)

    @classmethod
    def fits(cls, statistics: Sequence[float], label: Series) -> bool:
        """Return whether they are of as many utterances as there are labels."""
        return statistics[0] == len(label) and statistics[1] >= 0
