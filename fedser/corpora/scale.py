"""Labels onto the scale [-1, 1]."""

import math
import re
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fedser.errors import CorpusError
from fedser.vocabulary import TARGETS


def rescale(values: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Return 2 (x − low) / (high − low) − 1 in float64.

    >>> rescale([1, 3, 4, 7], 1, 7).tolist()
    [-1.0, -0.33333333333333337, 0.0, 1.0]
    """
    return 2 * (np.asarray(values, dtype=np.float64) - low) / (high - low) - 1


def scaled_labels(
    rows: pd.DataFrame,
    how: Literal["empirical", "theoretical", "train"],
    label_range: tuple[float, float] | None,
) -> Mapping[str, NDArray[np.float64]]:
    """Return activation and valence of labelled utterances (n rows, with their split) on [-1, 1].

    `how` is described in `CorpusOptions`. Labels beyond the ends, which only "train" leaves, are clipped.
    Raises CorpusError for a label that is the same everywhere, or a scale whose ends are needed but unknown.
    """
    if how == "theoretical" and label_range is None:
        raise CorpusError('scaling = "theoretical" needs the ends of the rating scale, which are not known')
    known = rows[rows["split"] == "train"] if how == "train" else rows
    scaled = {}
    for target in TARGETS:
        low, high = float(known[target].min()), float(known[target].max())
        if low == high:
            raise CorpusError(f"every {target} is {low:g}: a constant label cannot be scaled or learnt")
        if how == "theoretical" and label_range is not None:
            low, high = label_range
        if not np.isfinite(2 * (high - low)):
            raise CorpusError(f"{target} goes from {low:g} to {high:g}, too wide to be scaled")
        scaled[target] = np.clip(rescale(rows[target], low, high), -1.0, 1.0)
    return scaled


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)

_NONE = ("", "nan")


def rating(cell: str) -> float:
    """Return a rating as a number, NaN for none (nothing, or NaN in any case); raises ValueError for a word.

    >>> rating("3.2000"), rating(" NaN ")
    (3.2, nan)
    """
    text = cell.strip()
    if text.lower() in _NONE:
        return math.nan
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a number")
    return float(text)
