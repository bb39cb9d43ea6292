"""What a person sees while a run goes on: one bar, and the stages at work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_SHOWN = 3


class Meter:
    """Shows one step of the work: how much of it is done and what is being done now.

    On a terminal a bar; elsewhere (a log file) a line whenever something is finished.
    """

    def __init__(self, progress: Progress | None, title: str, total: int) -> None:
        self._progress, self._title, self._total, self._done = progress, title, total, 0
        self._now: dict[str, str] = {}
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
        elif text:
            print(f"{self._title}: {self._done}/{self._total} {text}", file=sys.stderr, flush=True)  # noqa: T201

    def reach(self, done: int, total: int, text: str) -> None:
        """Set how much is done."""
        self._done, self._total = done, total
        if self._progress and self._task is not None:
            self._progress.update(self._task, completed=done, total=total, now=text)


@contextmanager
def meter(title: str, total: int) -> Iterator[Meter]:
    """Show a meter for the time of a block."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Meter(None, title, total)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}", style="dim"),
    )
    with Progress(*columns, console=console) as progress:
        yield Meter(progress, title, total)
