"""Tables as GitHub Markdown, which has one header line: group headings are put into it."""

import re
from collections.abc import Sequence

from fedser.results.table import Cell, Score, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def render(table: Table) -> str:
    """Return a table as Markdown without its notes, ending with a line end."""
    heads = [escape(text) for text in _headings(table)]
    aligned = [":--" if column < table.text_columns else "--:" for column in range(len(heads))]
    rows = [[_cell(cell) for cell in row] for row in table.rows()]
    lines = [f"### {escape(table.heading)}", "", escape(table.caption), ""]
    lines += [f"| {' | '.join(cells)} |" for cells in (heads, aligned, *rows)]
    return "\n".join(lines) + "\n"


def render_notes(notes: Sequence[str]) -> str:
    """Return what must be said of tables, ending with a line end; "" for nothing."""
    return "\n".join(["### Notes", "", *(f"- {escape(note)}" for note in notes)]) + "\n" if notes else ""


def escape(text: str) -> str:
    """Return text in which nothing is Markdown.

    >>> print(escape("a_b | *c*"))
    a\\_b \\| \\*c\\*
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _headings(table: Table) -> list[str]:
    groups = [group.text for group in table.groups for _ in range(group.span)] or [""] * len(table.header)
    return [f"{group} · {text}" if group else text for group, text in zip(groups, table.header, strict=True)]


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    if not cell.exists:
        return cell.mean_text
    return _score(cell)


def _score(cell: Score) -> str:
    mean = f"**{cell.mean_text}**" if cell.best else cell.mean_text
    text = f"{mean}{cell.spread_text}"
    return (f"({text})" if cell.unseen else text) + escape(cell.mark)
