"""The paired t-test against its formula, and its silences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats

from fedser.metrics import Comparison, holm, paired_t_test

PAIRS = st.integers(0, 8).flatmap(lambda n: st.tuples(*[arrays(np.float64, n, elements=st.floats(-1, 1))] * 2))


def t_and_p_by_formula(x, y):
    """t from the textbook, p from the incomplete beta function: no scipy.stats."""
    d = [a - b for a, b in zip(x, y, strict=True)]
    n = len(d)
    mean = math.fsum(d) / n
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in d) / (n - 1))
    t = mean / (deviation / math.sqrt(n))
    return t, special.betainc((n - 1) / 2, 0.5, (n - 1) / (n - 1 + t * t))


def test_a_case_by_hand():
    # differences 1, 2, 3: mean 2, deviation 1, t = 2·√3; with 2 degrees of freedom p = 1 − t/√(2 + t²)
    result = paired_t_test([0.2, 0.4, 0.6], [0.1, 0.2, 0.3])
    assert result.t == pytest.approx(2 * math.sqrt(3), rel=1e-9)
    assert result.p == pytest.approx(1 - math.sqrt(12 / 14), rel=1e-9)
    assert (result.n, result.mark, result.note) == (3, "", "")
    assert result.mean_difference == pytest.approx(0.2, abs=1e-15)


@given(PAIRS)
def test_equals_the_formula_and_is_never_nan(pair):
    x, y = pair
    result = paired_t_test(x, y)
    numbers = [value for value in (result.t, result.p, result.mean_difference) if value is not None]
    assert all(math.isfinite(value) for value in numbers)
    assert (result.t is None) == (result.p is None) == (result.note != "")
    if result.p is not None and np.ptp(x - y) > 1e-6:
        t, p = t_and_p_by_formula(x, y)
        assert result.t == pytest.approx(t, rel=1e-6, abs=1e-9)
        assert result.p == pytest.approx(p, rel=1e-6, abs=1e-12)


@given(PAIRS)
def test_swapping_the_arms_turns_the_sign(pair):
    x, y = pair
    one, other = paired_t_test(x, y), paired_t_test(y, x)
    assert one.p == other.p
    assert one.note == other.note
    assert {one.mark, other.mark} in ({""}, {"*", "†"})
    if one.t is not None:
        assert one.t == -other.t


def test_marks():
    high, low = [0.61, 0.62, 0.60, 0.63, 0.61], [0.40, 0.42, 0.41, 0.40, 0.39]
    assert paired_t_test(high, low).mark == "*"
    assert paired_t_test(low, high).mark == "†"
    assert paired_t_test(low, high, higher_is_better=False).mark == "*"
    assert paired_t_test(high, low, higher_is_better=False).mark == "†"


def test_alpha_decides_the_mark_and_nothing_else():
    x, y = [0.2, 0.4, 0.6], [0.1, 0.2, 0.3]  # p = .074
    assert paired_t_test(x, y).mark == ""
    assert paired_t_test(x, y, alpha=0.1).mark == "*"
    assert paired_t_test(x, y, alpha=0.1).p == paired_t_test(x, y).p


@pytest.mark.parametrize(
    ("x", "y", "difference"),
    [
        ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 0.0),
        ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], 0.0),
        ([0.75, 0.5], [0.5, 0.25], 0.25),
        ([0.2, 0.3], [0.1, 0.2], 0.1),  # 0.2 − 0.1 ≠ 0.3 − 0.2 in the last bits
    ],
)
def test_equal_differences_have_no_p_and_say_so(x, y, difference):
    result = paired_t_test(x, y)
    assert (result.t, result.p, result.mark) == (None, None, "")
    assert result.note == "all differences are equal: no p"
    assert result.mean_difference == pytest.approx(difference, abs=1e-15)


def test_few_seeds():
    one = paired_t_test([0.5], [0.25])
    assert (one.t, one.p, one.n, one.mean_difference, one.mark) == (None, None, 1, 0.25, "")
    assert one.note == "one seed: no test"
    none = paired_t_test([], [])
    assert (none.t, none.p, none.n, none.mean_difference, none.mark) == (None, None, 0, None, "")


@pytest.mark.parametrize("size", [1e-300, 1e-13, 1.0, 1e6, 1e300])
def test_no_size_of_score_gives_nan_or_a_warning(size):
    result = paired_t_test([1 * size, 2 * size, 3 * size], [0.0, 0.1 * size, 0.3 * size])
    assert result.p is None or 0 <= result.p <= 1


def test_the_unit_does_not_change_the_test():
    x, y = np.array([0.2, 0.4, 0.6, 0.1]), np.array([0.1, 0.2, 0.3, 0.2])
    assert paired_t_test(1000 * x, 1000 * y).p == pytest.approx(paired_t_test(x, y).p, rel=1e-9)
    assert paired_t_test(1000 * x, 1000 * y).mean_difference == pytest.approx(125.0, rel=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "alpha", "said"),
    [
        ([0.1, 0.2], [0.1], 0.05, "one length"),
        ([[0.1]], [[0.1]], 0.05, "one length"),
        ([0.1, np.nan], [0.1, 0.2], 0.05, "finite"),
        ([0.1, 0.2], [0.1, np.inf], 0.05, "finite"),
        ([0.1, 0.2], [0.1, 0.2], 0.0, "alpha"),
        ([0.1, 0.2], [0.1, 0.2], 1.0, "alpha"),
    ],
)
def test_bad_input_is_refused(x, y, alpha, said):
    with pytest.raises(ValueError, match=said):
        paired_t_test(x, y, alpha=alpha)


def test_holm_marks_as_his_paper_works_it_out():
    tests = [Comparison(2.0, p, 9, 0.1, "*") for p in (0.010, 0.040, 0.011, 0.300)] + [
        Comparison(None, None, 9, 0.0)
    ]
    found = holm(tests)
    assert [test.corrected for test in found[:4]] == pytest.approx([0.04, 0.08, 0.04, 0.3])
    assert [test.mark for test in found] == ["*", "", "*", "", ""]
    assert found[4] == tests[4]


def test_no_more_than_one_null_run_in_twenty_has_a_mark_after_correction():
    """24 tests over 10 seeds of arms that do not differ; they share models, so they hang together."""
    rng = np.random.default_rng(5)
    runs, family = 2000, 24
    shared, own = rng.normal(size=(runs, 10, 1)), rng.normal(size=(runs, 10, family))
    p = stats.ttest_1samp(0.6 * shared + own, 0, axis=1).pvalue
    marked = []
    for tests in p:
        found = holm([Comparison(2.0, float(q), 10, 0.1, "*" if q < 0.05 else "") for q in tests])
        marked.append(any(test.mark for test in found))
    plain = (p < 0.05).any(axis=1)
    assert np.mean(marked) <= 0.05
    assert np.mean(marked) > 0.02, "the simulation can tell: marks are given"
    assert plain.mean() > 0.4, "without correction nearly every second null run has one"
