"""CCC against exact rational arithmetic, Lin's published definition and its laws."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from fedser.metrics import ccc
from fedser.metrics.ccc import EPSILON

SERIES = st.integers(2, 40).flatmap(
    lambda n: st.tuples(*[arrays(np.float64, n, elements=st.floats(-1, 1, width=32))] * 2)
)


def exact_ccc(x, y):
    """Every float is a fraction: no rounding until the last step."""
    x, y = ([Fraction(float(value)) for value in series] for series in (x, y))
    mx, my = sum(x) / len(x), sum(y) / len(y)
    cov = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / len(x)
    vx = sum((a - mx) ** 2 for a in x) / len(x)
    vy = sum((b - my) ** 2 for b in y) / len(y)
    return float(2 * cov / (vx + vy + (mx - my) ** 2 + Fraction(EPSILON)))


@given(SERIES)
def test_equals_exact_arithmetic(series):
    assert ccc(*series) == pytest.approx(exact_ccc(*series), rel=1e-12, abs=1e-12)


def test_a_value_worked_by_hand():
    # means 2 and 3; population variances 2/3 and 8/3; covariance 4/3; (2·4/3) / (2/3 + 8/3 + 1) = 8/13
    assert ccc([1, 2, 3], [1, 3, 5]) == pytest.approx(8 / 13, abs=1e-8)


def test_population_and_not_sample_variance():
    # with n − 1 this would be (2·2) / (1 + 4 + 1) = 2/3
    assert abs(ccc([1, 2, 3], [1, 3, 5]) - 2 / 3) > 0.04


def test_equals_lins_pearson_form_on_ordinary_data():
    random = np.random.default_rng(1)
    y = random.uniform(-1, 1, 500)
    x = 0.5 * y + 0.1 + random.normal(0, 0.2, 500)
    lin = 2 * stats.pearsonr(x, y)[0] * x.std() * y.std() / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert ccc(x, y) == pytest.approx(lin, abs=1e-7)


@given(SERIES)
def test_symmetric_bounded_and_no_better_than_pearson(series):
    x, y = series
    value = ccc(x, y)
    assert value == ccc(y, x)
    assert -1 <= value <= 1
    if x.std() > 1e-3 and y.std() > 1e-3:
        assert abs(value) <= abs(np.corrcoef(x, y)[0, 1]) + 1e-9


@given(SERIES, st.floats(0.5, 4), st.floats(-3, 3))
def test_one_scale_and_shift_for_both_changes_nothing(series, scale, shift):
    x, y = series
    if x.std() + y.std() > 0.05:  # below that, ε counts
        assert ccc(scale * x + shift, scale * y + shift) == pytest.approx(ccc(x, y), abs=1e-4)


@given(SERIES, st.floats(-2, 2))
def test_a_shift_of_one_series_alone_costs_its_square(series, shift):
    x, y = series
    gap = x.mean() + shift - y.mean()
    expected = 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + gap**2 + EPSILON)
    assert ccc(x + shift, y) == pytest.approx(expected, abs=1e-9)


def test_perfect_reversed_and_constant():
    y = np.linspace(-1, 1, 11)
    assert ccc(y, y) == pytest.approx(1, abs=1e-7)
    assert ccc(-y, y) == pytest.approx(-1, abs=1e-7)
    assert ccc(np.full(11, 0.3), y) == pytest.approx(0, abs=1e-15)
    assert ccc([0.3] * 5, [0.3] * 5) == 0.0
    assert ccc([0.5], [0.5]) == 0.0


def test_float32_input_is_computed_in_float64():
    random = np.random.default_rng(2)
    y = (1000 + random.normal(0, 1e-2, 3000)).astype(np.float32)
    x = (1000 + random.normal(0, 1e-2, 3000)).astype(np.float32)
    assert ccc(x, y) == pytest.approx(exact_ccc(x, y), abs=1e-9)


def test_input_is_not_changed():
    x, y = np.array([0.1, 0.2, 0.4]), np.array([0.0, 0.3, 0.5])
    before = x.copy(), y.copy()
    ccc(x, y)
    assert (x == before[0]).all()
    assert (y == before[1]).all()


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([1, 2], [1, 2, 3], "one length"),
        ([], [], "one length"),
        ([[1, 2]], [[1, 2]], "one length"),
        ([1, np.nan], [1, 2], "finite"),
        ([1, 2], [np.inf, 2], "finite"),
    ],
)
def test_bad_input_is_refused(x, y, said):
    with pytest.raises(ValueError, match=said):
        ccc(x, y)
