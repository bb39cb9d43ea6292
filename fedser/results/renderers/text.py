"""Tables as plain aligned text, for a terminal and for tables.txt."""

import textwrap
import unicodedata
from collections.abc import Sequence

from fedser.results.table import Group, Score, Table, plain

GAP = "  "
NARROWEST = 72
"""Captions and notes are not wrapped narrower than this, however narrow the table is."""


def render(table: Table, width: int | None = None) -> str:
    """Return a table as text, ending with a line end.

    `width` is that of the terminal in columns: a table that is wider shows its groups one below another.
    """
    whole = range(len(table.header))
    parts: list[Sequence[int]] = [whole]
    if width is not None and _total(_widths(table, whole, _cells(table, whole))) > width:
        parts = _one_group_each(table) or parts
    grids = [_grid(table, part) for part in parts]
    broadest = max(display_width(line) for grid in grids for line in grid)
    lines = [table.heading, "═" * broadest]
    for grid in grids:
        lines += grid
    for text in (table.caption, *table.notes):
        lines += textwrap.wrap(text, max(NARROWEST, broadest))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def display_width(text: str) -> int:
    """Return how many columns a terminal gives to a text: two for wide letters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _one_group_each(table: Table) -> list[Sequence[int]]:
    """Return the columns of each named group, with the columns of words before them."""
    parts: list[Sequence[int]] = []
    start = 0
    for group in table.groups:
        if group.text:
            parts.append([*range(table.text_columns), *range(start, start + group.span)])
        start += group.span
    return parts


def _grid(table: Table, columns: Sequence[int]) -> list[str]:
    """Return the lines of a table from group headings to the closing rule, with these columns only."""
    cells = _cells(table, columns)
    widths = _widths(table, columns, cells)
    rule = "─" * _total(widths)
    lines = _group_lines(_groups(table, columns), widths) if table.groups else []
    lines += [_line([table.header[column] for column in columns], widths, table.text_columns), rule]
    start = 0
    for block in table.blocks:
        lines += [rule] if start else []
        lines += [_line(row, widths, table.text_columns) for row in cells[start : start + len(block)]]
        start += len(block)
    return [*lines, rule]


def _cells(table: Table, columns: Sequence[int]) -> list[list[str]]:
    """Return the cells as text, scores padded so that their `±` stand below one another."""
    rows = list(table.rows())
    filled = []
    for column in columns:
        scores = [row[column] for row in rows]
        filled.append([_hang(cell, scores) if isinstance(cell, Score) else cell for cell in scores])
    return [list(row) for row in zip(*filled, strict=True)]


def _hang(cell: Score, column: Sequence[object]) -> str:
    """Return a score with room for what the others in its column have: parentheses, asterisks, a mark."""
    others = [other for other in column if isinstance(other, Score) and other.exists]
    if not cell.exists:
        return plain(cell)
    bold = any(other.best for other in others)
    stars, room = ("**", "") if cell.best else ("", "  " * bold)
    bracket = "(" if cell.unseen else " " * any(other.unseen for other in others)
    mean = cell.mean_text
    room_for_mean = " " * (max(len(other.mean_text) for other in others) - len(mean))
    end = max(len(_end(other)) for other in others)
    return f"{room}{room_for_mean}{bracket}{stars}{mean}{stars}{room} ± {_end(cell).ljust(end)}"


def _end(cell: Score) -> str:
    return cell.std_text + ")" * cell.unseen + cell.mark


def _groups(table: Table, columns: Sequence[int]) -> list[Group]:
    names = [group.text for group in table.groups for _ in range(group.span)]
    kept: list[Group] = []
    for name in (names[column] for column in columns):
        if kept and kept[-1].text == name:
            kept[-1] = Group(name, kept[-1].span + 1)
        else:
            kept.append(Group(name, 1))
    return kept


def _widths(table: Table, columns: Sequence[int], cells: Sequence[Sequence[str]]) -> list[int]:
    lines = [[table.header[column] for column in columns], *cells]
    widths = [max(display_width(line[place]) for line in lines) for place in range(len(columns))]
    start = 0
    for group in _groups(table, columns) if table.groups else []:
        inner = _total(widths[start : start + group.span])
        # A heading wider than its columns widens the last of them.
        widths[start + group.span - 1] += max(0, display_width(group.text) - inner)
        start += group.span
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _group_lines(groups: Sequence[Group], widths: Sequence[int]) -> list[str]:
    heads, rules, start = [], [], 0
    for group in groups:
        inner = _total(widths[start : start + group.span])
        free = inner - display_width(group.text)
        heads.append(" " * (free // 2) + group.text + " " * (free - free // 2))
        rules.append(("─" if group.text else " ") * inner)
        start += group.span
    return [GAP.join(heads), GAP.join(rules)]


def _line(cells: Sequence[str], widths: Sequence[int], text_columns: int) -> str:
    padded = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - display_width(cell))
        padded.append(cell + space if column < text_columns else space + cell)
    return GAP.join(padded)
