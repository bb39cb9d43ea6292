"""Scores of many devices together, exactly, from what each may tell: counts, means and second moments.

CCC is not the mean of the CCCs of parts, so parts are merged as sufficient statistics and scored once
(Chan, Golub & LeVeque 1979, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances,
Stanford STAN-CS-79-773). Nothing in them says which utterances they come from, nor in which order.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from fedser.metrics.ccc import EPSILON
from fedser.metrics.uar import LEVELS, bin_levels


@dataclass(frozen=True)
class Moments:
    """Predictions against labels of n utterances; `a + b` is that of both together, `Moments()` of none."""

    n: int = 0
    mean_prediction: float = 0.0
    mean_label: float = 0.0
    m2_prediction: float = 0.0
    """Sum of squared differences from the mean."""
    m2_label: float = 0.0
    m2_both: float = 0.0
    """Sum of the products of the two differences from their means."""

    @classmethod
    def of(cls, prediction: ArrayLike, target: ArrayLike) -> Self:
        """Return the moments of two series of one length ≥ 0; raises ValueError if a value is not finite."""
        x = np.asarray(prediction, dtype=np.float64)
        y = np.asarray(target, dtype=np.float64)
        _check_pair("Moments", x.shape, y.shape)
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("Moments needs finite values")
        if x.size == 0:
            return cls()
        mean_x, mean_y = x.mean(), y.mean()
        x, y = x - mean_x, y - mean_y
        return cls(
            x.size, float(mean_x), float(mean_y), *(float(np.sum(a * b)) for a, b in ((x, x), (y, y), (x, y)))
        )

    def __add__(self, other: "Moments") -> "Moments":
        if not self.n or not other.n:
            return self if self.n else other
        n = self.n + other.n
        share = other.n / n
        weight = self.n * share
        gap_prediction = other.mean_prediction - self.mean_prediction
        gap_label = other.mean_label - self.mean_label
        return Moments(
            n,
            self.mean_prediction + gap_prediction * share,
            self.mean_label + gap_label * share,
            self.m2_prediction + other.m2_prediction + gap_prediction * gap_prediction * weight,
            self.m2_label + other.m2_label + gap_label * gap_label * weight,
            self.m2_both + other.m2_both + gap_prediction * gap_label * weight,
        )

    def ccc(self) -> float:
        """Return the concordance of all of them, as `fedser.metrics.ccc`; raises ValueError for none."""
        if self.n == 0:
            raise ValueError("there is no CCC of no utterances")
        gap = self.mean_prediction - self.mean_label
        # In the order of `ccc`, so that the statistics of one series give the same bits.
        spread = self.m2_prediction / self.n + self.m2_label / self.n + gap * gap + EPSILON
        return 2 * (self.m2_both / self.n) / spread

    def to_list(self) -> list[float]:
        """Return n and the five numbers in the order of the fields, for messages and files."""
        return [
            float(self.n),
            self.mean_prediction,
            self.mean_label,
            self.m2_prediction,
            self.m2_label,
            self.m2_both,
        ]

    @classmethod
    def from_list(cls, values: Sequence[float]) -> Self:
        """Return what `to_list` wrote; raises ValueError if it cannot have written that."""
        numbers = [float(value) for value in values]
        if len(numbers) != 6 or not all(map(math.isfinite, numbers)):
            raise ValueError(f"Moments needs 6 finite numbers, got {list(values)}")
        if numbers[0] < 0 or numbers[0] % 1 or min(numbers[3:5]) < 0:
            raise ValueError(f"Moments needs a count and sums of squares ≥ 0, got {list(values)}")
        return cls(int(numbers[0]), *numbers[1:])

    @classmethod
    def total(cls, parts: ArrayLike) -> Self:
        """Return the moments of many parts together, (parts, 6) as `to_list` writes them, at once."""
        rows = np.asarray(parts, dtype=np.float64).reshape(-1, 6)
        n = rows[:, 0]
        if not n.any():
            return cls()
        mean = n @ rows[:, 1:3] / n.sum()
        x, y = (rows[:, 1:3] - mean).T
        between = np.array([n @ (x * x), n @ (y * y), n @ (x * y)])
        return cls.from_list([n.sum(), *mean, *(rows[:, 3:].sum(axis=0) + between)])


@dataclass(frozen=True)
class Confusion:
    """How many utterances of each true level (low, mid, high) were put where; `+` adds up."""

    counts: tuple[tuple[int, ...], ...] = ((0,) * len(LEVELS),) * len(LEVELS)
    """Rows by the label's level, columns by the prediction's."""

    @classmethod
    def of(cls, prediction: ArrayLike, target: ArrayLike) -> Self:
        """Return the counts of two series of values on [-1, 1], one length ≥ 0; raises ValueError on NaN."""
        columns, rows = bin_levels(prediction), bin_levels(target)
        _check_pair("Confusion", columns.shape, rows.shape)
        width = len(LEVELS)
        cells = np.bincount(rows * width + columns, minlength=width * width).tolist()
        return cls(tuple(tuple(cells[row * width : (row + 1) * width]) for row in range(width)))

    def __add__(self, other: "Confusion") -> "Confusion":
        pairs = zip(self.counts, other.counts, strict=True)
        return Confusion(tuple(tuple(a + b for a, b in zip(*rows, strict=True)) for rows in pairs))

    @property
    def n(self) -> int:
        """How many utterances were counted."""
        return sum(map(sum, self.counts))

    def uar(self) -> float:
        """Return the recall averaged over the levels present in the labels; raises ValueError for none."""
        if self.n == 0:
            raise ValueError("there is no UAR of no utterances")
        recalls = [row[level] / sum(row) for level, row in enumerate(self.counts) if sum(row)]
        return sum(recalls) / len(recalls)

    def to_list(self) -> list[int]:
        """Return the nine counts row by row."""
        return [count for row in self.counts for count in row]

    @classmethod
    def from_list(cls, values: Sequence[float]) -> Self:
        """Return what `to_list` wrote; raises ValueError if it cannot have written that."""
        width = len(LEVELS)
        counts = [int(value) for value in values if math.isfinite(value)]
        if len(counts) != width * width or counts != list(values) or min(counts) < 0:
            raise ValueError(f"Confusion needs {width * width} counts, got {list(values)}")
        return cls(tuple(tuple(counts[row * width : (row + 1) * width]) for row in range(width)))


def _check_pair(what: str, prediction: tuple[int, ...], target: tuple[int, ...]) -> None:
    if prediction != target or len(target) != 1:
        raise ValueError(f"{what} needs two series of one length, got shapes {prediction} and {target}")
