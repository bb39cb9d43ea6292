"""Tables as text, Markdown and LaTeX, and as files of a run folder."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fedser import whole_files
from fedser.results.renderers import latex, markdown, text
from fedser.results.table import Table
from fedser.results.table_notes import gathered

__all__ = ["latex", "markdown", "text", "write_tables"]


def write_tables(folder: Path, tables: Iterable[Table], notes: Sequence[str] = ()) -> list[Path]:
    """Write tables.txt, tables.md and tables.tex into a folder, each all at once; return their paths.

    `notes` are about all tables. Each note stands once, at the end; LaTeX has those on one table in its caption.
    """
    tables = list(tables)
    said = gathered(tables, notes)
    contents = {
        "tables.txt": "\n\n".join([*map(text.render, tables), *filter(None, [text.render_notes(said)])]),
        "tables.md": "\n".join([*map(markdown.render, tables), *filter(None, [markdown.render_notes(said)])]),
        "tables.tex": "\n".join([latex.PREAMBLE, *map(latex.render, tables), latex.render_notes(notes)]),
    }
    return [whole_files.write_text(folder / name, content) for name, content in contents.items()]
