"""The kinds of cells in the CSV files of a run: what may stand in a column, and how it is read."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Kind:
    """What may stand in the cells of a column; NaN in memory is an empty cell in the file."""

    expected: str
    """How a message says it."""
    dtype: Literal["str", "int64", "float64"]
    """What a column of them is in memory."""
    empty: bool = False
    """Whether a number may be missing."""
    infinite: bool = False

    def read(self, text: str) -> object:
        """Return what a cell says; raises ValueError for what may not stand there.

        >>> WHOLE.read("3"), OPTIONAL.read(""), EXTENDED.read("inf")
        (3, nan, inf)
        """
        if self.dtype == "str":
            return text
        if self.dtype == "int64":
            return int(text)
        if text == "" and self.empty:
            return math.nan
        value = float(text)
        if math.isnan(value) or (math.isinf(value) and not self.infinite):
            raise ValueError(text)
        return value

    def read_all(self, texts: list[str]) -> NDArray[Any]:
        """Return what the cells of a column of numbers say, as `read` does; raises ValueError as it does.

        >>> OPTIONAL.read_all(["3", ""])
        array([ 3., nan])
        """
        if self.dtype == "int64":
            return np.array(list(map(int, texts)), dtype=np.int64)
        values = np.array([float(text) if text else math.nan for text in texts], dtype=np.float64)
        unknown = sum(1 for text in texts if not text) if self.empty else 0
        if np.isnan(values).sum() != unknown or (np.isinf(values).any() and not self.infinite):
            raise ValueError("a cell that may not stand here")
        return values

    def fits(self, cells: "pd.Series[Any]") -> NDArray[np.bool_]:
        """Return which values of a column may be written: those that `read` would give back."""
        if self.dtype == "str" or (self.dtype == "int64" and cells.dtype.kind in "iu"):
            return np.ones(len(cells), dtype=np.bool_)
        if self.dtype == "int64":
            return np.array([isinstance(value, int | np.integer) for value in cells], dtype=np.bool_)
        numbers = cells.to_numpy(dtype=np.float64, na_value=math.nan)
        fitting: NDArray[np.bool_] = np.isfinite(numbers)
        if self.empty:
            fitting |= np.isnan(numbers)
        return fitting | np.isinf(numbers) if self.infinite else fitting


WORD = Kind("a word", "str")
SPARSE = Kind("a word or nothing", "str")
"""A column of these that is empty throughout is left out of the file."""
WHOLE = Kind("a whole number", "int64")
FINITE = Kind("a number", "float64")
OPTIONAL = Kind("a number or nothing", "float64", empty=True)
EXTENDED = Kind("a number, inf or nothing", "float64", empty=True, infinite=True)


def each(kind: Kind, *columns: str) -> dict[str, Kind]:
    """Return one kind for several columns."""
    return dict.fromkeys(columns, kind)
