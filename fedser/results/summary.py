"""Seeds to cells: means, deviations, marks, and which is best."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fedser.metrics.significance import ROUNDING
from fedser.results.table import Cell, Score

DDOF = 1


def score(values: NDArray[np.float64], mark: str = "", unseen: bool = False, difference: bool = False) -> Score:
    """Return the mean ± standard deviation (n − 1) of one value per seed; an empty cell if one is missing."""
    if values.size == 0 or np.isnan(values).any():
        return Score(None)
    std = float(np.std(values, ddof=DDOF)) if values.size > DDOF else None
    return Score(float(values.mean()), std, mark, unseen, difference=difference)


def mark_best(rows: Sequence[Sequence[Cell]], lower_columns: frozenset[int] = frozenset()) -> list[list[Cell]]:
    """Return rows with the best mean of every column flagged, equals alike; one row alone has no best."""
    marked = [list(row) for row in rows]
    for column in range(len(marked[0]) if len(marked) > 1 else 0):
        cells = [row[column] for row in marked]
        means = [cell.mean for cell in cells if isinstance(cell, Score) and cell.mean is not None]
        if not means:
            continue
        best = min(means) if column in lower_columns else max(means)
        for row, cell in zip(marked, cells, strict=True):
            if isinstance(cell, Score) and cell.mean is not None and abs(cell.mean - best) <= ROUNDING:
                row[column] = replace(cell, best=True)
    return marked
