"""Transfer measures on an R worked by hand, and their laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fedser.metrics import average, bwt, forgetting, fwt, intransigence

#               P     M     I
R = np.array([[0.60, 0.10, -0.05],  # after P
              [0.65, 0.50, 0.20],   # after P+M
              [0.40, 0.55, 0.45]])  # fmt: skip

SQUARES = st.integers(2, 6).flatmap(lambda n: arrays(np.float64, (n, n), elements=st.floats(-1, 1, width=32)))


def test_average_is_the_mean_of_the_last_row():
    assert average(R) == pytest.approx((0.40 + 0.55 + 0.45) / 3, abs=1e-15)


def test_bwt_compares_the_end_with_each_own_stage():
    # P: .40 − .60 = −.20; M: .55 − .50 = +.05
    assert bwt(R) == pytest.approx(-0.075, abs=1e-15)


def test_fwt_takes_the_row_of_the_stage_before():
    # M after P: .10; I after P+M: .20
    assert fwt(R) == pytest.approx(0.15, abs=1e-15)
    assert fwt(R, baseline=0.02) == pytest.approx(0.13, abs=1e-15)
    assert fwt(R, baseline=[0.9, 0.04, -0.02]) == pytest.approx((0.06 + 0.22) / 2, abs=1e-15)


def test_forgetting_falls_from_the_best_since_seen():
    # P: max(.60, .65) − .40 = .25; M: max(.50) − .55 = −.05 (the unseen .10 does not count)
    assert forgetting(R) == pytest.approx(0.10, abs=1e-15)


def test_what_was_scored_before_an_environment_was_learnt_is_not_forgotten():
    lucky = R.copy()
    lucky[0, 1] = 0.99
    assert forgetting(lucky) == forgetting(R)


def test_negative_scores_are_not_padded():
    negative = np.array([[-0.2, 0.0], [-0.5, 0.1]])
    assert forgetting(negative) == pytest.approx(0.3, abs=1e-15)
    assert bwt(negative) == pytest.approx(-0.3, abs=1e-15)


def test_intransigence_against_joint():
    # M: .58 − .50; I: .40 − .45
    assert intransigence(R, [0.7, 0.58, 0.40]) == pytest.approx(0.015, abs=1e-15)


def test_one_environment_has_an_average_only():
    assert average([[0.5]]) == 0.5
    assert bwt([[0.5]]) is None
    assert fwt([[0.5]]) is None
    assert forgetting([[0.5]]) is None
    assert intransigence([[0.5]], [0.5]) is None


@given(SQUARES)
def test_forgetting_is_at_least_minus_bwt(scores):
    """The best since seen is no worse than the own stage."""
    assert forgetting(scores) >= -bwt(scores) - 1e-12


@given(SQUARES.filter(lambda scores: len(scores) == 2))
def test_with_two_environments_forgetting_is_minus_bwt(scores):
    assert forgetting(scores) == pytest.approx(-bwt(scores), abs=1e-15)


@given(SQUARES, st.floats(-1, 1, width=32))
def test_a_shift_of_all_scores_moves_average_and_fwt_only(scores, shift):
    assert average(scores + shift) == pytest.approx(average(scores) + shift, abs=1e-12)
    assert fwt(scores + shift) == pytest.approx(fwt(scores) + shift, abs=1e-12)
    assert fwt(scores + shift, baseline=shift) == pytest.approx(fwt(scores), abs=1e-12)
    assert bwt(scores + shift) == pytest.approx(bwt(scores), abs=1e-12)
    assert forgetting(scores + shift) == pytest.approx(forgetting(scores), abs=1e-12)


@pytest.mark.parametrize("measure", [average, bwt, fwt, forgetting])
@pytest.mark.parametrize(
    ("bad", "said"),
    [([[0.1, 0.2]], "square"), ([0.1], "square"), (np.zeros((0, 0)), "square"), ([[np.nan]], "finite")],
)
def test_bad_scores_are_refused(measure, bad, said):
    with pytest.raises(ValueError, match=said):
        measure(bad)


def test_bad_references_are_refused():
    with pytest.raises(ValueError, match="3 finite"):
        intransigence(R, [0.1, 0.2])
    with pytest.raises(ValueError, match="finite"):
        intransigence(R, [0.1, np.nan, 0.2])
    with pytest.raises(ValueError, match="broadcast"):
        fwt(R, baseline=[0.1, 0.2])
    with pytest.raises(ValueError, match="finite"):
        fwt(R, baseline=np.nan)
