"""GEM's projection in exact arithmetic (Lopez-Paz & Ranzato 2017, arXiv 1706.08840, eq. 11; ridge and margin).

Floating-point numbers are fractions, and a quadratic program of a few variables is solved by trying which of its
constraints hold with equality: so there is no rounding and no solver, and any other answer is wrong.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Row = list[Fraction]


def projected(
    gradient: NDArray[np.floating], memories: NDArray[np.floating], margin: float, eps: float
) -> tuple[Row, Row]:
    """Return x (p,) and the dual v (t,): x = g + Mᵀv with the v ≥ margin that minimises ½ vᵀ(MMᵀ + εI)v + (Mg)ᵀv.

    Where all inner products ⟨g, m_k⟩ are ≥ 0, x is g and v is 0. For ε = 0 v need not be unique; x is.
    """
    g, rows = _exact(gradient), [_exact(row) for row in memories]
    along = [_dot(row, g) for row in rows]
    if all(value >= 0 for value in along):
        return g, [Fraction(0)] * len(rows)
    gram = [[_dot(one, other) for other in rows] for one in rows]
    for k in range(len(rows)):
        gram[k][k] += Fraction(eps)
    dual = _least(gram, along, Fraction(margin))
    return [
        value + _dot(dual, list(column)) for value, column in zip(g, zip(*rows, strict=True), strict=True)
    ], dual


def _exact(values: NDArray[np.floating]) -> Row:
    return [Fraction(float(value)) for value in values]


def _dot(one: Row, other: Row) -> Fraction:
    return sum((a * b for a, b in zip(one, other, strict=True)), Fraction(0))


def _least(hessian: list[Row], along: Row, margin: Fraction) -> Row:
    """Return a v ≥ margin for which ½ vᵀHv + alongᵀv is least, H positive semidefinite.

    One with as few variables above the margin as can be has a regular system for them, so none is missed.
    """
    for free in _subsets(len(along)):
        dual = [margin] * len(along)
        right = [-along[k] - sum(hessian[k][j] * margin for j in range(len(along)) if j not in free) for k in free]
        above = _solved([[hessian[k][j] for j in free] for k in free], right)
        if above is None:
            continue
        for k, value in zip(free, above, strict=True):
            dual[k] = value
        slope = [_dot(row, dual) + value for row, value in zip(hessian, along, strict=True)]
        if all(value >= margin for value in dual) and all(value >= 0 for value in slope):
            return dual
    raise AssertionError("a convex program over v ≥ margin has a solution")


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(count + 1):
        yield from combinations(range(count), size)


def _solved(matrix: list[Row], right: Row) -> Row | None:
    """Return the solution of a system by elimination, None if it is singular."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k] != 0:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]
