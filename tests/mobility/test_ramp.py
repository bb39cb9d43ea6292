import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import ConfigError
from fedser.mobility import Ramp


def test_conditions_by_hand():
    ramp = Ramp(from_snr_db=20, to_snr_db=5, steps=4, first_round=3, last_round=10)
    assert ramp.snrs_db == (20, 15, 10, 5)
    assert [ramp.condition(r) for r in range(1, 13)] == [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3]


@given(first=st.integers(1, 20), steps=st.integers(2, 9), more=st.integers(0, 30))
def test_every_condition_comes_in_turn_and_for_as_many_rounds_as_any_other(first, steps, more):
    last = first + steps - 1 + more
    ramp = Ramp(from_snr_db=0.0, to_snr_db=-7.0, steps=steps, first_round=first, last_round=last)
    course = [ramp.condition(r) for r in range(first, last + 1)]
    assert course == sorted(course)
    assert set(course) == set(range(steps))
    counts = [course.count(step) for step in range(steps)]
    assert max(counts) - min(counts) <= 1
    assert all(ramp.condition(r) == 0 for r in range(1, first))
    assert all(ramp.condition(r) == steps - 1 for r in range(last, last + 50))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"steps": 5, "first_round": 4, "last_round": 7},
            "a round for each of its 5 steps, but rounds 4 to 7 are 4",
        ),
        ({"steps": 2, "first_round": 9, "last_round": 7}, "rounds 9 to 7 are 0"),
        ({"to_snr_db": 20.0}, "from 20 dB to the same"),
        ({"to_snr_db": float("nan")}, "to_snr_db should be a finite number"),
        ({"steps": 1}, "steps should be greater than or equal to 2"),
        ({"first_round": 0}, "first_round should be greater than or equal to 1"),
        ({"to_snr": 3.0}, 'unknown key "to_snr"; did you mean "to_snr_db"'),
    ],
)
def test_bad_ramps(values, message):
    good = {"from_snr_db": 20.0, "to_snr_db": 0.0, "steps": 3, "last_round": 9}
    with pytest.raises(ConfigError, match=message) as error:
        Ramp.read({**good, **values}, "c.toml [environments.street.ramp]")
    assert "\n" not in str(error.value)
