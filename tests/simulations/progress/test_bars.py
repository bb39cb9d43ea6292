"""What is seen on a terminal, read off a screen that is written to as a terminal is."""

import io
import re
from contextlib import suppress

import pytest
from rich.cells import cell_len
from rich.console import Console, Group

from simulations.progress.bars import Screen
from simulations.progress.pace import Rate

LONG = "wav2vec2-base of an environment with a very long name in the café by the station 駅前の喫茶店"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def lines_of(bars, width):
    """Return what the bars look like now on a terminal of so many columns."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width)
    console.print(Group(*bars.get_renderables()))
    return CONTROL.sub("", console.file.getvalue()).splitlines()


def shown(width, **fields):
    """Return the lines of a step of 61,642 parts with a long name, 12,345 of them done in an hour."""
    clock = Clock()
    rate = Rate(clock)
    clock.now_s = 3600.0
    rate.note(12345)
    console = Console(file=io.StringIO(), force_terminal=True, width=width)
    with Screen().step(console, LONG, 61642, rate) as (bars, task):
        bars.update(task, completed=12345, **fields)
        return lines_of(bars, width)


@pytest.mark.parametrize("width", [80, 100, 60, 200])
def test_a_step_with_long_names_is_two_lines_that_fit(width):
    step, now = shown(width, now=f"seed 3 gem-random {LONG} epoch 12  |  {LONG}")
    assert max(cell_len(step), cell_len(now)) <= width
    assert cell_len(step.rstrip()) <= 80
    for part in ("wav2vec2-base of", "…", "━", "12345/61642", "4 h 00 min left"):
        assert part in step
    assert now.rstrip().endswith("…") or width == 200
    assert "seed 3 gem-random" in now


def test_a_name_in_square_brackets_is_shown_as_it_is():
    step, now = shown(80, description="[bold]home[/]", now="[red]office[/red]")
    assert "[bold]home[/]" in step
    assert now.strip() == "[red]office[/red]"


def test_before_anything_is_finished_and_when_all_is_the_time_taken_is_shown():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with Screen().step(console, "training", 2, Rate()) as (bars, task):
        assert "0:00:00" in lines_of(bars, 80)[0]
        bars.update(task, completed=2, now="over")
        lines = lines_of(bars, 80)
        assert len(lines) == 1
        assert "left" not in lines[0]
        assert "2/2" in lines[0]


def test_a_step_within_a_step_has_a_line_while_it_lasts():
    screen = Screen()
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with screen.step(console, "cells", 4, Rate()) as (outer, _):
        with screen.step(console, "rounds", 9, Rate()) as (inner, _):
            assert inner is outer
            assert [line.split()[1] for line in lines_of(outer, 80)] == ["cells", "rounds"]
        assert [line.split()[1] for line in lines_of(outer, 80)] == ["cells"]
    with screen.step(console, "attacks", 3, Rate()) as (after, _):
        assert after is not outer
        assert [line.split()[1] for line in lines_of(after, 80)] == ["attacks"]


def test_a_step_that_fails_leaves_the_screen_to_the_next():
    screen = Screen()
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    for _ in range(2):
        with suppress(ValueError), screen.step(console, "cells", 4, Rate()) as (bars, _):
            raise ValueError("broken")
        assert len(bars.tasks) == 1
