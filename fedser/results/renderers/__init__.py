"""Tables as text, Markdown and LaTeX, and as files of a run folder."""

from collections.abc import Iterable
from pathlib import Path

from fedser import whole_files
from fedser.results.renderers import latex, markdown, text
from fedser.results.table import Table

__all__ = ["latex", "markdown", "text", "write_tables"]


def write_tables(folder: Path, tables: Iterable[Table]) -> list[Path]:
    """Write tables.txt, tables.md and tables.tex into a folder, each all at once; return their paths."""
    tables = list(tables)
    contents = {
        "tables.txt": "\n\n".join(text.render(table) for table in tables),
        "tables.md": "\n".join(markdown.render(table) for table in tables),
        "tables.tex": latex.PREAMBLE + "\n" + "\n".join(latex.render(table) for table in tables),
    }
    return [whole_files.write_text(folder / name, content) for name, content in contents.items()]
