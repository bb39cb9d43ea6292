"""The metric `ccc`: Lin's concordance correlation coefficient."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from fedser.metrics.ccc import ccc
from fedser.metrics.metric import Metric, Series
from fedser.metrics.pooled import Moments

_HUGE = 1e6
"""No prediction of labels in [-1, 1] comes near it."""


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
    def fits(cls, statistics: Sequence[float], label: Series) -> bool:
        """Return whether the labels' part is that of the labels, and the rest can be."""
        told, true = Moments.from_list(statistics), Moments.of(label, label)
        own, others = (told.n, told.mean_label, told.m2_label), (true.n, true.mean_label, true.m2_label)
        plain = abs(told.mean_prediction) < _HUGE and told.m2_prediction < told.n * _HUGE**2
        together = told.m2_both**2 <= told.m2_prediction * told.m2_label * (1 + 1e-9) + 1e-18
        return plain and together and bool(np.allclose(own, others, rtol=1e-9, atol=1e-9))

    @classmethod
    def score(cls, prediction: Series, label: Series) -> float:
        """Return the CCC."""
        return ccc(prediction, label)

    @classmethod
    def of_a_constant(cls, label: Series) -> float | None:
        """Return 0: what does not vary does not agree."""
        return 0.0
