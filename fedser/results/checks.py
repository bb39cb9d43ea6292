"""What a reader must know before the numbers: each check gives a sentence for every fault that it finds.

A kind of run has a list of checks; a new check is a function and its place in the list. What they say stands at
the top of the terminal and of the report, and in run.json.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from fedser.results.record import Record


class Recorded(Protocol):
    """A finished run of any kind."""

    @property
    def record(self) -> Record:
        """run.json."""


R = TypeVar("R", bound=Recorded)

Check = Callable[[R], Iterable[str]]


def warnings_of(run: R, checks: Sequence[Check[R]]) -> tuple[str, ...]:
    """Return what the checks say of a run, in their order, then what else was recorded while it ran; each once."""
    found = [sentence for check in checks for sentence in check(run)]
    return tuple(dict.fromkeys([*found, *map(str, run.record.get("warnings", []))]))
