"""The metric `ccc`: Lin's concordance correlation coefficient."""

from collections.abc import Sequence
from typing import ClassVar

from fedser.metrics.ccc import ccc
from fedser.metrics.metric import Metric, Series
from fedser.metrics.pooled import Moments


class Concordance(Metric):
    """CCC over all utterances at once; it is no mean of the CCCs of parts."""

    name: ClassVar[str] = "ccc"
    title: ClassVar[str] = "CCC"
    size: ClassVar[int] = 6
    least: ClassVar[float] = -1.0
    most: ClassVar[float] = 1.0

    @classmethod
    def statistics(cls, prediction: Series, label: Series) -> list[float]:
        """Return the moments of both series."""
        return Moments.of(prediction, label).to_list()

    @classmethod
    def pooled(cls, one: Sequence[float], other: Sequence[float]) -> list[float]:
        """Return the moments of both together."""
        return (Moments.from_list(one) + Moments.from_list(other)).to_list()

    @classmethod
    def value(cls, statistics: Sequence[float]) -> float:
        """Return the CCC."""
        return Moments.from_list(statistics).ccc()

    @classmethod
    def score(cls, prediction: Series, label: Series) -> float:
        """Return the CCC."""
        return ccc(prediction, label)

    @classmethod
    def of_a_constant(cls, label: Series) -> float | None:
        """Return 0: what does not vary does not agree."""
        return 0.0
