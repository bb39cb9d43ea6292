"""How a table goes onto a narrow terminal: which columns stand together, and how much room words get."""

from collections.abc import Callable, Iterator, Sequence

from fedser.results.table import Table

WidthOf = Callable[[Sequence[int]], int]
"""The width of a table that has some columns only."""

SHORTEST = 8
"""Letters of a name that are shown, at least."""


def parts(table: Table, width: int, total: WidthOf) -> list[list[int]]:
    """Return the columns of the tables, one below another, that a table of more than `width` columns becomes.

    All begin with the columns of words. A group stays together where it fits; several do where they fit.
    """
    words = list(range(table.text_columns))
    found: list[list[int]] = []
    for piece in _pieces(table, width, total):
        if found and total([*found[-1], *piece]) <= width:
            found[-1] += piece
        else:
            found.append([*words, *piece])
    return found or [words]


def _pieces(table: Table, width: int, total: WidthOf) -> Iterator[list[int]]:
    """Yield the columns of numbers: group by group, and one by one where there is none or it does not fit."""
    words, start = range(table.text_columns), 0
    for group in table.groups:
        columns = [column for column in range(start, start + group.span) if column >= table.text_columns]
        start += group.span
        if group.text and total([*words, *columns]) <= width:
            yield columns
        else:
            yield from ([column] for column in columns)
    if not table.groups:
        yield from ([column] for column in range(table.text_columns, len(table.header)))


def words_that_fit(widths: Sequence[int], words: int, width: int, gap: int) -> list[int]:
    """Return widths in which the first `words` columns are narrower, the widest first, until all fit."""
    narrowed = list(widths)
    while words and sum(narrowed) + gap * (len(narrowed) - 1) > width:
        widest = max(range(words), key=narrowed.__getitem__)
        if narrowed[widest] <= SHORTEST:
            break
        narrowed[widest] -= 1
    return narrowed
