import pytest

from fedser.features import Progress
from simulations import progress as shown
from simulations.progress import Pace, meter, sparingly


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def test_the_pace_counts_what_this_run_computes_and_the_time_left_what_is_missing():
    clock = Clock()
    pace = Pace(97.1, clock)
    assert pace.say(Progress(0, 61642, 0.0, 0.0)) == "0.00 of 97.10 h of audio"
    clock.now_s += 1
    assert pace.say(Progress(30000, 61642, 50.0, 0.0)) == "50.00 of 97.10 h of audio", "from the store"
    clock.now_s += 59
    text = pace.say(Progress(30600, 61642, 51.0, 1.0))
    assert text == "51.00 of 97.10 h of audio, 1.00 h/min, 46 min left"
    clock.now_s += 120
    assert pace.say(Progress(30700, 61642, 51.5, 1.5)).endswith(", 0.50 h/min, 1 h 31 min left")


def test_the_pace_is_that_of_the_last_minutes():
    clock = Clock()
    pace = Pace(10.0, clock)
    for minute in range(61):
        # One hour a minute at first, a tenth of it since the half hour.
        fresh = min(minute, 30) * 0.1 + max(0, minute - 30) * 0.01
        text = pace.say(Progress(minute, 100, fresh, fresh))
        clock.now_s += 60
    assert ", 0.01 h/min, " in text


def test_the_end_is_less_than_a_minute_away():
    clock = Clock()
    pace = Pace(1.0, clock)
    pace.say(Progress(0, 10, 0.0, 0.0))
    clock.now_s += 60
    assert pace.say(Progress(9, 10, 0.99, 0.99)).endswith("0.99 h/min, less than a minute left")
    # Headers and samples may disagree a little.
    assert pace.say(Progress(10, 10, 1.02, 1.02)).endswith("less than a minute left")


@pytest.mark.parametrize(("every_s", "lines"), [(0.0, 2), (1000.0, 0)])
def test_without_a_terminal_a_long_step_logs_a_line_now_and_then(monkeypatch, capsys, every_s, lines):
    monkeypatch.setattr(shown, "LOG_EVERY_S", every_s)
    with meter("wav2vec2 of P", 10) as progress:
        progress.reach(3, 10, "0.10 of 1.00 h of audio")
        progress.reach(4, 10, "0.20 of 1.00 h of audio")
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == lines
    assert all(line.startswith("wav2vec2 of P: ") and "/10 0." in line for line in printed)


def test_a_notebook_is_told_once_a_minute(capsys, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(shown.time, "monotonic", clock)
    with sparingly(), meter("training", 9) as progress:
        for number in range(3):
            progress.finish("", f"stage {number}")
        clock.now_s += 60
        progress.finish("", "stage 3")
        progress.finish("", "stage 4")
    assert capsys.readouterr().err == "training: 4/9 stage 3\n"
    with meter("training", 1) as progress:
        progress.finish("", "stage 0")
    assert capsys.readouterr().err == "training: 1/1 stage 0\n"
