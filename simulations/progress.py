"""What a person sees while a run goes on: one bar, and the stages at work."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from fedser.features.passage import Progress as Extracted

_SHOWN = 3

LOG_EVERY_S = 60.0
"""How often a step of hours writes a line where there is no terminal."""
_SPARING = ContextVar("sparing", default=False)
"""Whether no step writes more often than that."""
RECENT_S = 300.0
"""The pace is that of so many seconds: other work on the machine comes and goes."""


class Meter:
    """Shows one step of the work: how much of it is done and what is being done now.

    On a terminal a bar; elsewhere (a log file) a line whenever something is finished.
    """

    def __init__(self, progress: Progress | None, title: str, total: int) -> None:
        self._progress, self._title, self._total, self._done = progress, title, total, 0
        self._now: dict[str, str] = {}
        self._logged_at = time.monotonic()
        self._task = progress.add_task(title, total=total, now="") if progress else None

    def show(self, worker: str, text: str) -> None:
        """Say what one worker is doing."""
        self._now[worker] = text
        if self._progress and self._task is not None:
            texts = list(self._now.values())[:_SHOWN]
            self._progress.update(self._task, now="  |  ".join(texts))

    def finish(self, worker: str, text: str, count: int = 1) -> None:
        """Count something as done; `text` says what, for logs."""
        self._now.pop(worker, None)
        self._done += count
        if self._progress and self._task is not None:
            self._progress.update(self._task, advance=count)
        elif text and (not _SPARING.get() or self._is_time()):
            self._log(text)

    def reach(self, done: int, total: int, text: str) -> None:
        """Set how much is done."""
        self._done, self._total = done, total
        if self._progress and self._task is not None:
            self._progress.update(self._task, completed=done, total=total, now=text)
        elif self._is_time():
            self._log(text)

    def _is_time(self) -> bool:
        return time.monotonic() - self._logged_at >= LOG_EVERY_S

    def _log(self, text: str) -> None:
        self._logged_at = time.monotonic()
        print(f"{self._title}: {self._done}/{self._total} {text}", file=sys.stderr, flush=True)  # noqa: T201


class Pace:
    """Says how fast an extraction goes, in hours of audio per minute, and how long it will take yet."""

    def __init__(self, total_hours: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock = total_hours, clock
        self._reports: deque[tuple[float, float]] = deque()

    def say(self, progress: Extracted) -> str:
        """Return "1.32 of 97.10 h of audio, 0.52 h/min, 3 h 04 min left"; what was stored before sets no pace."""
        text = f"{progress.hours:.2f} of {self._total:.2f} h of audio"
        per_minute = self._hours_per_minute(progress.fresh_hours)
        if per_minute <= 0:
            return text
        minutes = max(0.0, self._total - progress.hours) / per_minute
        return f"{text}, {per_minute:.2f} h/min, {_duration(minutes)} left"

    def _hours_per_minute(self, fresh_hours: float) -> float:
        now = self._clock()
        if not self._reports or fresh_hours > self._reports[-1][1]:
            self._reports.append((now, fresh_hours))
        while len(self._reports) > 2 and now - self._reports[0][0] > RECENT_S:
            self._reports.popleft()
        then, hours_then = self._reports[0]
        return 60 * (fresh_hours - hours_then) / (now - then) if now > then else 0.0


def _duration(minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


@contextmanager
def sparingly() -> Iterator[None]:
    """Let no step in the block write a line where there is no terminal before a minute is over; for notebooks."""
    before = _SPARING.set(True)
    try:
        yield
    finally:
        _SPARING.reset(before)


@contextmanager
def meter(title: str, total: int) -> Iterator[Meter]:
    """Show a meter for the time of a block."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Meter(None, title, total)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),  # an environment may be called "home [bold]"
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}", style="dim", markup=False),
    )
    with Progress(*columns, console=console) as progress:
        yield Meter(progress, title, total)
