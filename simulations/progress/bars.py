"""Bars on a terminal: a line for each step under way, and below them a line that says what is being done now."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.table import Column, Table
from rich.text import Text

from simulations.progress.pace import Rate, time_left

WIDEST = 80
"""Columns; a bar over the whole of a wide screen says no more."""
LONGEST_TITLE = 26
"""Columns of what a step is called; the rest is cut off."""


class Bars(Progress):
    """Steps under way; nothing is ever wrapped, names that are too long end in `…`."""

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        """Return the lines of the steps, as wide as the terminal but no wider than 80 columns."""
        table = super().make_tasks_table(tasks)
        table.width = min(self.console.width, WIDEST)
        return table

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the steps, then what each is doing."""
        if self.tasks:  # there are none, nor a console, while this is set up
            yield self.make_tasks_table(self.tasks)
        for task in self.tasks:
            if task.fields["now"] and not task.finished:
                yield Text("  " + task.fields["now"], style="dim", no_wrap=True, overflow="ellipsis")


class TimeLeft(ProgressColumn):
    """The time that a step will take yet; the time it has taken until that is known and when it is done."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Return it as text."""
        rate: Rate = task.fields["rate"]
        left_s = None if task.finished else rate.left_s(task.remaining or 0)
        if left_s is not None:
            return Text(time_left(left_s).replace("less than a minute", "< 1 min"), style="progress.remaining")
        elapsed_s = (task.finished_time if task.finished else task.elapsed) or 0
        return Text(str(timedelta(seconds=int(elapsed_s))), style="progress.elapsed")


class Screen:
    """The bars of one terminal: a step within another gets its line below the other's, for as long as it lasts."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._lock = Lock()

    @contextmanager
    def step(self, console: Console, title: str, total: int, rate: Rate) -> Iterator[tuple[Bars, TaskID]]:
        """Show a step for the time of a block."""
        with self._lock:
            outer = self._bars
            bars = self._bars = outer or _bars(console)
        task = bars.add_task(title, total=total, now="", rate=rate)
        if outer is not None:
            try:
                yield bars, task
            finally:
                bars.remove_task(task)
            return
        try:
            with bars:
                yield bars, task
        finally:
            self._bars = None


def _bars(console: Console) -> Bars:
    title = Column(no_wrap=True, overflow="ellipsis", max_width=min(LONGEST_TITLE, max(8, console.width // 3)))
    as_it_is = Column(no_wrap=True)
    return Bars(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=title),
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        MofNCompleteColumn(table_column=as_it_is),
        TimeLeft(table_column=Column(no_wrap=True, justify="right")),
        console=console,
        expand=True,
    )
