import io
import re

import pytest
from rich.cells import cell_len

from simulations.progress import meter, meters, sparingly


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes when it is told to."""
    clock = Clock()
    monkeypatch.setattr(meters.time, "monotonic", clock)
    return clock


@pytest.mark.parametrize(("every_s", "lines"), [(0.0, 2), (1000.0, 0)])
def test_without_a_terminal_a_long_step_logs_a_line_now_and_then(monkeypatch, capsys, every_s, lines):
    monkeypatch.setattr(meters, "LOG_EVERY_S", every_s)
    with meter("wav2vec2 of P", 10) as progress:
        progress.reach(3, 10, "0.10 of 1.00 h of audio")
        progress.reach(4, 10, "0.20 of 1.00 h of audio")
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == lines
    assert all(line.startswith("wav2vec2 of P: ") and "/10 0." in line for line in printed)


def test_a_notebook_is_told_once_a_minute(capsys, clock):
    with sparingly(), meter("training", 9) as progress:
        for number in range(3):
            progress.finish("", f"stage {number}")
        clock.now_s += 60
        progress.finish("", "stage 3")
        progress.finish("", "stage 4")
    assert capsys.readouterr().err == "training: 4/9 stage 3, 1 min left\n"
    with meter("training", 1) as progress:
        progress.finish("", "stage 0")
    assert capsys.readouterr().err == "training: 1/1 stage 0\n"


def test_without_a_terminal_a_step_of_many_parts_logs_twenty_lines_and_how_long_it_will_take(capsys, clock):
    with meter("rounds", 1000) as progress:
        for number in range(1, 1001):
            clock.now_s += 1
            progress.finish("", f"round {number}")
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == meters.LINES
    assert printed[0] == "rounds: 50/1000 round 50, 16 min left"
    assert printed[-1] == "rounds: 1000/1000 round 1000"


def test_a_step_of_hours_logs_a_line_for_each_part(capsys, clock):
    with meter("cells", 40) as progress:
        for number in range(1, 4):
            clock.now_s += 600
            progress.finish("", f"cell {number}")
    assert capsys.readouterr().err.splitlines() == [
        "cells: 1/40 cell 1, 6 h 30 min left",
        "cells: 2/40 cell 2, 6 h 20 min left",
        "cells: 3/40 cell 3, 6 h 10 min left",
    ]


def test_what_lay_there_from_before_sets_no_pace(capsys, clock):
    with meter("training", 12) as progress:
        for number in range(1, 7):
            progress.finish("", f"stage {number}", fresh=False)
        clock.now_s += 120
        progress.finish("", "stage 7")
    printed = capsys.readouterr().err.splitlines()
    assert printed[:6] == [f"training: {number}/12 stage {number}" for number in range(1, 7)]
    assert printed[6:] == ["training: 7/12 stage 7, 10 min left"]


class Terminal(io.StringIO):
    """Takes what is written to a terminal."""

    def isatty(self):
        return True


def test_on_a_terminal_no_line_is_wider_than_it(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    long = "an environment whose name goes on and on and on, farther than any terminal"
    with meter(f"egemaps of {long}", 3) as progress:
        for number in range(3):
            progress.show("1", f"{long}, part {number}")
            progress.show("2", f"{long}, part {number}")
            progress.finish("1", f"part {number}")
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    lines = [line for line in re.split(r"[\r\n]+", plain) if line.strip()]
    assert any("3/3" in line for line in lines)
    assert max(map(cell_len, lines)) <= 80
