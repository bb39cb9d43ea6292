"""Tables as plain aligned text, for a terminal and for tables.txt."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from fedser.results.renderers import terminal
from fedser.results.table import Group, Score, Table

GAP = "  "
NARROWEST = 72
"""Captions and notes are not wrapped narrower than this, however narrow the table is."""
CUT = "Names that end in … are cut to fit; they are whole in tables.txt."


@dataclass(frozen=True)
class Emphasis:
    """What stands around the best mean, and how many columns each of both takes."""

    begin: str
    end: str
    width: int


ASTERISKS = Emphasis("**", "**", 2)
"""In files."""
BOLD = Emphasis("\x1b[1m", "\x1b[22m", 0)
"""On terminals."""
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def render(table: Table, width: int | None = None, emphasis: Emphasis = ASTERISKS) -> str:
    """Return a table as text without its notes, ending with a line end.

    `width` is that of the terminal in columns: a table that is wider becomes several, one below another, each with
    the words on the left; words that leave no room for numbers are cut.
    """
    parts: list[Sequence[int]] = [range(len(table.header))]
    if width is not None and _needed(table, parts[0], emphasis) > width:
        parts = [*terminal.parts(table, width, lambda columns: _needed(table, columns, emphasis))]
    grids = [_grid(table, part, emphasis, width) for part in parts]
    broadest = max(display_width(line) for grid in grids for line in grid)
    page = max(NARROWEST, broadest) if width is None else max(20, min(width, max(NARROWEST, broadest)))
    lines = [*textwrap.wrap(table.heading, page), "═" * broadest]
    for grid in grids:
        lines += grid
    cut = [CUT] if any("…" in line for grid in grids for line in grid) else []
    for text in (table.caption, *cut):
        lines += textwrap.wrap(text, page)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_notes(notes: Sequence[str], width: int = NARROWEST) -> str:
    """Return what must be said of tables, ending with a line end; "" for nothing."""
    items = [textwrap.fill(note, width, initial_indent="- ", subsequent_indent="  ") for note in notes]
    return "\n".join(["Notes", *items]) + "\n" if items else ""


def display_width(text: str) -> int:
    """Return how many columns a terminal gives to a text: two for wide letters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in _ESCAPE.sub("", text)
    )


def _needed(table: Table, columns: Sequence[int], emphasis: Emphasis) -> int:
    """Return how wide a table with these columns only is."""
    return _total(_widths(table, columns, _cells(table, columns, emphasis)))


def _grid(table: Table, columns: Sequence[int], emphasis: Emphasis, width: int | None) -> list[str]:
    """Return the lines of a table from group headings to the closing rule, with these columns only."""
    cells = _cells(table, columns, emphasis)
    widths = _widths(table, columns, cells)
    if width is not None:
        widths = terminal.words_that_fit(widths, table.text_columns, width, len(GAP))
    rule = "─" * _total(widths)
    lines = _group_lines(_groups(table, columns), widths) if table.groups else []
    lines += [_line([table.header[column] for column in columns], widths, table.text_columns), rule]
    start = 0
    for block in table.blocks:
        lines += [rule] if start else []
        lines += [_line(row, widths, table.text_columns) for row in cells[start : start + len(block)]]
        start += len(block)
    return [*lines, rule]


def _cells(table: Table, columns: Sequence[int], emphasis: Emphasis) -> list[list[str]]:
    """Return the cells as text, scores padded so that their `±` stand below one another."""
    rows = list(table.rows())
    filled = []
    for column in columns:
        scores = [row[column] for row in rows]
        filled.append([_hang(cell, scores, emphasis) if isinstance(cell, Score) else cell for cell in scores])
    return [list(row) for row in zip(*filled, strict=True)]


def _hang(cell: Score, column: Sequence[object], emphasis: Emphasis) -> str:
    """Return a score with room for what the others in its column have: parentheses, emphasis, a mark."""
    others = [other for other in column if isinstance(other, Score) and other.exists]
    if not cell.exists:
        return cell.mean_text
    room = " " * (emphasis.width * any(other.best for other in others))
    begin, end = (emphasis.begin, emphasis.end) if cell.best else ("", room)
    bracket = "(" if cell.unseen else " " * any(other.unseen for other in others)
    mean = cell.mean_text
    room_for_mean = " " * (max(len(other.mean_text) for other in others) - len(mean))
    rest = max(len(_end(other)) for other in others)
    return f"{'' if cell.best else room}{room_for_mean}{bracket}{begin}{mean}{end}{_end(cell).ljust(rest)}"


def _end(cell: Score) -> str:
    return cell.spread_text + ")" * cell.unseen + cell.mark


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
        cell = _cut(cell, width)
        space = " " * (width - display_width(cell))
        padded.append(cell + space if column < text_columns else space + cell)
    return GAP.join(padded)


def _cut(text: str, width: int) -> str:
    """Return as much of a text as fits."""
    if display_width(text) <= width:
        return text
    while display_width(text) > width - 1:
        text = text[:-1]
    return f"{text}…"
