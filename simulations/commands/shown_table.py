"""A table on the terminal: as wide as that, and bold where it can be."""

from rich.console import Console

from fedser.results import Table
from fedser.results.renderers import text


def on_terminal(table: Table) -> str:
    """Return a table as the terminal takes it; as tables.txt has it where the output goes into a file."""
    console = Console()
    if not console.is_terminal:
        return text.render(table)
    plain = console.is_dumb_terminal or console.legacy_windows
    return text.render(table, console.width, text.ASTERISKS if plain else text.BOLD)


def with_notes(table: Table) -> str:
    """Return a table that is shown alone, and its notes below it."""
    return "\n".join(filter(None, [on_terminal(table), text.render_notes(table.notes)]))
