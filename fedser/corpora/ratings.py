"""Ratings as they are written in label files."""

import math
import re

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
