"""Words for a sentence."""

from collections.abc import Iterable


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *front, last = names
    return f"{', '.join(front)} and {last}" if front else last
