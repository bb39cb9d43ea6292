"""Bins at their exact edges, and UAR against counting by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.metrics import bin_levels, uar
from fedser.metrics.uar import EDGES

LEVEL_PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


def counted_uar(pairs):
    recalls = []
    for level in {true for _, true in pairs}:
        hits = sum(1 for guess, true in pairs if guess == true == level)
        recalls.append(Fraction(hits, sum(1 for _, true in pairs if true == level)))
    return float(sum(recalls) / len(recalls))


@given(LEVEL_PAIRS)
def test_uar_equals_counting(pairs):
    guesses, truths = zip(*pairs, strict=True)
    assert uar(guesses, truths) == pytest.approx(counted_uar(pairs), abs=1e-15)


@given(LEVEL_PAIRS, st.integers(2, 5))
def test_uar_does_not_depend_on_how_often_a_class_occurs(pairs, times):
    """Repeating every utterance of class 0 changes accuracy, not UAR."""
    repeated = [pair for pair in pairs for _ in range(times if pair[1] == 0 else 1)]
    assert uar(*zip(*repeated, strict=True)) == pytest.approx(uar(*zip(*pairs, strict=True)), abs=1e-12)


def test_uar_by_hand():
    # recalls: low 2/4, mid 1/2, high 3/3
    truth = [0, 0, 0, 0, 1, 1, 2, 2, 2]
    guess = [0, 0, 1, 2, 1, 0, 2, 2, 2]
    assert uar(guess, truth) == pytest.approx((1 / 2 + 1 / 2 + 1) / 3, abs=1e-15)


def test_classes_absent_from_the_truth_do_not_count():
    assert uar([0, 2, 2], [0, 0, 2]) == pytest.approx((1 / 2 + 1) / 2, abs=1e-15)
    assert uar([1, 1], [0, 0]) == 0.0


def test_a_constant_prediction_gets_one_over_the_classes_present():
    assert uar([1] * 6, [0, 0, 0, 1, 2, 2]) == pytest.approx(1 / 3, abs=1e-15)
    assert uar([1] * 3, [0, 1, 1]) == 0.5


@pytest.mark.parametrize(("guess", "truth"), [([0], [0, 1]), ([], []), ([[0]], [[0]])])
def test_uar_refuses_bad_input(guess, truth):
    with pytest.raises(ValueError, match="one length"):
        uar(guess, truth)


@pytest.mark.parametrize("edge", range(4))
def test_an_edge_belongs_to_the_upper_bin_and_its_neighbour_below_to_the_lower(edge):
    value = np.linspace(-1, 1, 4)[edge]
    below, on, above = bin_levels([np.nextafter(value, -9), value, np.nextafter(value, 9)])
    assert on == above == min(edge, 2)
    assert below == max(min(edge, 3) - 1, 0)


def test_labels_of_a_1_to_7_scale_that_land_on_edges():
    """3.0 and 5.0 become ∓1/3, exactly the inner edges, and go up."""
    ratings = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    scaled = 2 * (ratings - 1) / (7 - 1) - 1
    assert scaled[2] == EDGES[1]
    assert scaled[4] == EDGES[2]
    assert bin_levels(scaled).tolist() == [0, 0, 1, 1, 2, 2, 2]


@given(st.lists(st.floats(-1.5, 1.5), min_size=1, max_size=50))
def test_bins_by_counting_the_edges_passed(values):
    edges = [float(edge) for edge in np.linspace(-1, 1, 4)]
    expected = [min(max(sum(1 for edge in edges if edge <= value) - 1, 0), 2) for value in values]
    levels = bin_levels(values)
    assert levels.tolist() == expected
    assert levels.dtype == np.int64


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=50))
def test_bins_rise_with_the_value(values):
    levels = bin_levels(sorted(values))
    assert (np.diff(levels) >= 0).all()


def test_float32_is_compared_in_float64():
    """float32(−1/3) lies below the float64 edge: rounding the edges too would put it in the bin above."""
    value = np.float32(-1 / 3)
    assert float(value) < EDGES[1]
    assert bin_levels(np.array([value])).tolist() == [0]


def test_beyond_the_scale_goes_to_the_outer_bins():
    assert bin_levels([-7.0, -np.inf, 1.0, 7.0, np.inf]).tolist() == [0, 0, 2, 2, 2]


def test_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        bin_levels([0.0, np.nan])
