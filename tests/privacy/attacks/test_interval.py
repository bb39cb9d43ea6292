import numpy as np
import pytest
from scipy import stats

from fedser.privacy.attacks import Interval, Null


def test_the_interval_of_a_mean_is_students():
    values = np.random.default_rng(0).normal(size=9)
    interval = Interval.of_mean(values)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    np.testing.assert_allclose([interval.low, interval.high], [low, high], rtol=1e-12)
    assert interval.estimate == pytest.approx(values.mean(), rel=1e-14)
    assert values.mean() in interval
    assert high + 1e-6 not in interval


def test_one_value_says_nothing_of_others():
    assert (Interval.of_mean([0.7]).low, Interval.of_mean([0.7]).high) == (-np.inf, np.inf)


@pytest.mark.parametrize("values", [[], [[1.0]]])
def test_a_mean_of_nothing_is_refused(values):
    with pytest.raises(ValueError, match="n ≥ 1"):
        Interval.of_mean(values)


def test_draws_give_the_central_95_percent_and_hold_the_estimate():
    draws = np.arange(1001) / 1000
    interval = Interval.of_draws(0.5, draws)
    assert (interval.low, interval.high) == pytest.approx((0.025, 0.975), abs=1e-12)
    assert Interval.of_draws(1.0, draws).high == 1.0


def test_the_p_value_counts_controls_that_do_as_well():
    null = Null.of([0.4, 0.5, 0.6, 0.7])
    assert null.p_value(0.65) == pytest.approx(2 / 5)
    assert null.p_value(0.9) == pytest.approx(1 / 5)
    assert null.p_value(0.4) == 1.0
    assert null.mean.estimate == pytest.approx(0.55)
    np.testing.assert_allclose([null.low, null.high], [0.4075, 0.6925], rtol=1e-12)
