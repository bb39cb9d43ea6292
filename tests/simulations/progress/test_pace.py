import pytest

from fedser.features import Progress
from simulations.progress import Pace
from simulations.progress.pace import Rate, time_left


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


def test_two_workers_that_finish_together_are_not_fast():
    clock = Clock()
    rate = Rate(clock)
    assert rate.left_s(10) is None, "nothing is known yet"
    for pair in range(1, 4):
        clock.now_s = 100.0 + 600 * pair
        rate.note(2 * pair - 1)
        clock.now_s += 1
        rate.note(2 * pair)
    assert rate.left_s(6) == pytest.approx(6 * 1801 / 6)


def test_the_time_left_runs_down_between_two_reports_and_not_below_zero():
    clock = Clock()
    rate = Rate(clock)
    clock.now_s += 100
    rate.note(1)
    assert rate.left_s(2) == pytest.approx(200)
    clock.now_s += 50
    assert rate.left_s(2) == pytest.approx(150)
    clock.now_s += 500
    assert rate.left_s(2) == 0.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "less than a minute left"),
        (59.9, "less than a minute left"),
        (60, "1 min left"),
        (3570, "1 h 00 min left"),
        (5460, "1 h 31 min left"),
        (360_000, "100 h 00 min left"),
    ],
)
def test_a_time_left_is_said_to_the_minute(seconds, text):
    assert time_left(seconds) == text
