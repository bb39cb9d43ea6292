"""The notes of tables, each said once at their end with the tables that it is about."""

from collections.abc import Iterable, Sequence

from fedser.results.table import Table


def gathered(tables: Sequence[Table], of_all: Iterable[str] = ()) -> list[str]:
    """Return the notes on single tables, each once and with their numbers, then those on all of them.

    >>> t = Table("2a", "Scores", "", (), ("arm",), (), ("Bold: best.",))
    >>> gathered([t], ["synthetic"])
    ['Table 2a. Bold: best.', 'synthetic']
    """
    keys: dict[str, list[str]] = {}
    for table in tables:
        for note in table.notes:
            keys.setdefault(note, []).append(table.key)
    named = [f"Table{'s' * (len(where) > 1)} {', '.join(where)}. {note}" for note, where in keys.items()]
    return [*named, *dict.fromkeys(of_all)]
