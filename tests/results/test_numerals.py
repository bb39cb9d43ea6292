"""How numbers are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.results.numerals import decimal, grouped, p_equation, p_value


@given(st.floats(-20, 20), st.integers(1, 4))
def test_a_decimal_reads_back_to_its_places(value, places):
    text = decimal(value, places)
    assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.5000001 * 10**-places)
    assert len(text.partition(".")[2]) == places
    assert not text.startswith(("0", "−0", "-"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.6041, ".604"),
        (-0.12349, "−.123"),
        (1.0, "1.000"),
        (-1.0, "−1.000"),
        (-0.0004, ".000"),
        (0.9996, "1.000"),
    ],
)
def test_decimals(value, text):
    assert decimal(value) == text


def test_nothing_is_a_dash():
    assert decimal(None) == p_value(None) == "–"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0312, ".031"),
        (0.0497, ".0497"),
        (0.0503, ".0503"),
        (0.000999, "< .001"),
        (0.0, "< .001"),
        (0.001, ".001"),
        (1.0, "1.000"),
    ],
)
def test_p_values(p, text):
    assert p_value(p) == text


@given(st.floats(0.001, 1) | st.floats(0.045, 0.055))
def test_the_p_that_is_shown_lies_on_the_same_side_of_five_percent(p):
    if abs(p - 0.05) > 5e-5:
        assert (float(p_value(p)) < 0.05) == (p < 0.05)


def test_equations_do_not_break():
    assert p_equation(0.0312) == "p\u00a0=\u00a0.031"
    assert p_equation(0.00001) == "p\u00a0<\u00a0.001"


def test_thousands():
    assert grouped(40727) == "40,727"
