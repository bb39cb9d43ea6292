"""One step of a run: how much of it is done, on a terminal as a bar, elsewhere as a few lines."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import TaskID

from simulations.progress.bars import Bars, Screen
from simulations.progress.pace import Rate, time_left

_SHOWN = 3

LOG_EVERY_S = 60.0
"""How often a step of hours writes a line where there is no terminal."""
LINES = 20
"""How many lines at most a step of less than that many minutes writes there."""
_SPARING = ContextVar("sparing", default=False)
"""Whether no step writes more often than once in that time."""
_SILENT = ContextVar("silent", default=False)
"""Whether no step says anything."""
_SCREEN = Screen()


class Meter:
    """Shows one step of the work: how much of it is done, what is being done now, and the time left.

    On a terminal a bar; elsewhere (a log file) a line now and then.
    """

    def __init__(self, title: str, total: int, rate: Rate, bar: tuple[Bars, TaskID] | None) -> None:
        self._title, self._total, self._rate = title, total, rate
        self._done = self._fresh = self._logged = 0
        self._now: dict[str, str] = {}
        self._logged_at = time.monotonic()
        self._bars: Bars | None
        self._bars, self._task = bar or (None, TaskID(0))

    def show(self, worker: str, text: str) -> None:
        """Say what one worker is doing."""
        self._now[worker] = text
        self._show_now()

    def finish(self, worker: str, text: str, count: int = 1, *, fresh: bool = True) -> None:
        """Count something as done; `text` says what, for logs.

        What is not `fresh` lay there from before and tells nothing about the time left.
        """
        self._now.pop(worker, None)
        self._done += count
        if fresh:
            self._fresh += count
            self._rate.note(self._fresh)
        if self._bars:
            self._bars.update(self._task, advance=count)
            self._show_now()
        elif text and self._is_worth_a_line():
            left_s = self._rate.left_s(self._total - self._done) if self._done < self._total else None
            self._log(text if left_s is None else f"{text}, {time_left(left_s)}")

    def reach(self, done: int, total: int, text: str) -> None:
        """Set how much is done; `text` says more of it, the time left too."""
        self._done, self._total = done, total
        if self._bars:
            self._bars.update(self._task, completed=done, total=total, now=text)
        elif self._is_time():
            self._log(text)

    def _show_now(self) -> None:
        if self._bars:
            self._bars.update(self._task, now="  |  ".join(list(self._now.values())[:_SHOWN]))

    def _is_worth_a_line(self) -> bool:
        """Return whether another part of the step is done, or a minute over."""
        part = self._done * LINES // max(self._total, 1)
        return self._is_time() or (not _SPARING.get() and part > self._logged)

    def _is_time(self) -> bool:
        return time.monotonic() - self._logged_at >= LOG_EVERY_S

    def _log(self, text: str) -> None:
        if _SILENT.get():
            return
        self._logged_at = time.monotonic()
        self._logged = self._done * LINES // max(self._total, 1)
        print(f"{self._title}: {self._done}/{self._total} {text}", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def sparingly() -> Iterator[None]:
    """Let no step in the block write a line where there is no terminal before a minute is over; for notebooks."""
    before = _SPARING.set(True)
    try:
        yield
    finally:
        _SPARING.reset(before)


@contextmanager
def silently() -> Iterator[None]:
    """Let no step in the block say anything; for runs within a run, which says how far it is itself."""
    before = _SILENT.set(True)
    try:
        yield
    finally:
        _SILENT.reset(before)


@contextmanager
def meter(title: str, total: int) -> Iterator[Meter]:
    """Show a meter for the time of a block."""
    console, rate = Console(stderr=True), Rate()
    if not console.is_terminal or _SILENT.get():
        yield Meter(title, total, rate, None)
        return
    with _SCREEN.step(console, title, total, rate) as bar:
        yield Meter(title, total, rate, bar)
