"""What a table is, before anyone renders it."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fedser.results.numerals import NONE, change, decimal


@dataclass(frozen=True)
class Score:
    """A cell: mean ± standard deviation over the seeds, or `–` without a mean.

    `std` is None for one seed. `unseen`: the environment had not been learnt yet. `best`: of its stage.
    `difference`: of two scores, so that an arrow stands for the sign.
    """

    mean: float | None
    std: float | None = None
    mark: str = ""
    unseen: bool = False
    best: bool = False
    places: int = 3
    difference: bool = False

    @property
    def mean_text(self) -> str:
        """The mean, `–` if there is none."""
        return (change if self.difference else decimal)(self.mean, self.places)

    @property
    def spread_text(self) -> str:
        """The deviation with its sign, ` ± .021`; nothing if there is none."""
        return "" if self.std is None else f" ± {decimal(self.std, self.places)}"

    @property
    def exists(self) -> bool:
        """Whether there is a mean."""
        return self.mean is not None


Cell = str | Score
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """A heading over `span` columns of the second line of a header; an empty text over none in particular."""

    text: str
    span: int


@dataclass(frozen=True)
class Table:
    """A table in blocks of rows; an empty first cell repeats the one above it within its block."""

    key: str
    """Short and unique, for anchors and labels: `2a`."""
    title: str
    caption: str
    groups: tuple[Group, ...]
    header: tuple[str, ...]
    blocks: tuple[tuple[Row, ...], ...]
    notes: tuple[str, ...]
    text_columns: int = 1
    """How many columns on the left hold words; the others hold numbers."""

    @property
    def heading(self) -> str:
        """Number and title, for formats that do not number tables themselves."""
        return f"Table {self.key}. {self.title}"

    def __post_init__(self) -> None:
        width = len(self.header)
        if sum(group.span for group in self.groups) not in (0, width):
            raise ValueError(f"table {self.key}: the groups do not span its {width} columns")
        if any(len(row) != width for row in self.rows()):
            raise ValueError(f"table {self.key}: every row needs {width} cells")

    def rows(self) -> Iterator[Row]:
        """Yield the rows of all blocks."""
        for block in self.blocks:
            yield from block

    @property
    def frame(self) -> pd.DataFrame:
        """The cells as text, with the header, of two lines where it has groups, as columns."""
        columns: Any = list(self.header)
        if self.groups:
            above = [group.text for group in self.groups for _ in range(group.span)]
            columns = pd.MultiIndex.from_arrays([above, self.header])
        return pd.DataFrame([[plain(cell) for cell in row] for row in self.rows()], columns=columns)

    def __str__(self) -> str:
        return "\n".join([self.heading, self.frame.to_string(index=False), self.caption, *self.notes])

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it."""
        said = "".join(f"<p>{escape(text)}</p>" for text in (self.caption, *self.notes))
        return f"<b>{escape(self.heading)}</b>{self.frame.to_html(index=False)}{said}"


def plain(cell: Cell) -> str:
    """Return a cell as text: `**.604** ± .021*`, in parentheses where unseen, asterisks around the best mean.

    >>> plain(Score(0.6041, 0.0214, "*", best=True)), plain(Score(0.1, None, unseen=True))
    ('**.604** ± .021*', '(.100)')
    """
    if isinstance(cell, str):
        return cell
    if not cell.exists:
        return NONE
    mean = f"**{cell.mean_text}**" if cell.best else cell.mean_text
    text = f"{mean}{cell.spread_text}"
    return (f"({text})" if cell.unseen else text) + cell.mark
