"""Merged statistics against all values in one place."""

from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fedser.metrics import bin_levels, ccc, uar
from fedser.metrics.pooled import Confusion, Moments

SIZES = [1, 2, 3, 5, 8, 40, 250, 1000]
"""Uneven clients."""

VALUES = st.floats(-1, 1, allow_subnormal=False)


@st.composite
def clients(draw, count=3):
    sizes = draw(st.lists(st.integers(0, 6), min_size=count, max_size=count))
    return [
        (draw(arrays(float, size, elements=VALUES)), draw(arrays(float, size, elements=VALUES))) for size in sizes
    ]


@pytest.fixture
def uneven():
    """Clients whose labels lie in different places, so that most of the concordance is between them."""
    random = np.random.default_rng(5)
    parts = []
    for place, size in enumerate(SIZES):
        target = np.clip(random.normal(place / 4 - 1, 0.3, size), -1, 1)
        parts.append((np.clip(0.6 * target + random.normal(0.1, 0.3, size), -1, 1), target))
    return parts


def close(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a.to_list(), b.to_list(), rtol=tolerance, atol=tolerance)


def test_the_pooled_ccc_is_the_centralised_one_and_the_mean_of_clients_is_not(uneven):
    pooled = reduce(add, (Moments.of(x, y) for x, y in uneven)).ccc()
    together = ccc(*(np.concatenate(series) for series in zip(*uneven, strict=True)))
    assert abs(pooled - together) < 1e-12
    naive = np.mean([ccc(x, y) for x, y in uneven])
    weighted = np.average([ccc(x, y) for x, y in uneven], weights=SIZES)
    assert abs(naive - together) > 0.1
    assert abs(weighted - together) > 0.01


def test_the_pooled_uar_is_the_centralised_one_and_the_mean_of_clients_is_not(uneven):
    pooled = reduce(add, (Confusion.of(x, y) for x, y in uneven)).uar()
    x, y = (bin_levels(np.concatenate(series)) for series in zip(*uneven, strict=True))
    assert abs(pooled - uar(x, y)) < 1e-12
    assert abs(np.mean([uar(bin_levels(a), bin_levels(b)) for a, b in uneven]) - pooled) > 0.01


def test_merging_by_hand():
    merged = Moments.of([0.0, 0.5], [0.0, 1.0]) + Moments.of([1.0], [0.5])
    # means .5 and .5; deviations (−.5, 0, .5) and (−.5, .5, 0)
    assert merged == Moments(3, 0.5, 0.5, 0.5, 0.5, 0.25)
    assert merged.ccc() == pytest.approx(0.5, abs=1e-7)


def test_counting_by_hand():
    counted = Confusion.of([-1.0, 0.0, 0.9, 0.4], [-1.0, -0.9, 0.5, 0.1])
    assert counted.counts == ((1, 1, 0), (0, 0, 1), (0, 0, 1))
    assert counted.uar() == (0.5 + 0 + 1) / 3
    assert counted.n == 4
    assert Confusion.of([-0.9], [-0.8]).uar() == 1.0  # levels that no label has do not count


def test_a_large_offset_loses_nothing_to_cancellation():
    """Raw sums of squares would: 1e8² leaves no digits for a variance of 1e-2."""
    random = np.random.default_rng(1)
    x, y = random.normal(1e8, 0.1, 5000), random.normal(1e8, 0.1, 5000)
    parts = [Moments.of(x[a:b], y[a:b]) for a, b in pairwise([0, 3, 500, 4999, 5000])]
    assert reduce(add, parts).ccc() == pytest.approx(ccc(x, y), abs=1e-6)


@given(clients())
def test_the_order_of_merging_does_not_matter(parts):
    a, b, c = (Moments.of(x, y) for x, y in parts)
    close((a + b) + c, a + (b + c))
    close(a + b, b + a)
    d, e, f = (Confusion.of(x, y) for x, y in parts)
    assert (d + e) + f == d + (e + f)
    assert d + e == e + d


@given(clients())
def test_merged_equals_all_at_once(parts):
    x, y = (np.concatenate(series) for series in zip(*parts, strict=True))
    close(reduce(add, (Moments.of(*part) for part in parts)), Moments.of(x, y))
    assert reduce(add, (Confusion.of(*part) for part in parts)) == Confusion.of(x, y)
    close(Moments.total([Moments.of(*part).to_list() for part in parts]), Moments.of(x, y))
    if x.size:
        assert Moments.of(x, y).ccc() == pytest.approx(ccc(x, y), abs=1e-12)
        assert Confusion.of(x, y).uar() == pytest.approx(uar(bin_levels(x), bin_levels(y)), abs=1e-12)


@given(clients(count=1))
def test_nothing_is_neutral_and_lists_read_back(parts):
    moments, counted = Moments.of(*parts[0]), Confusion.of(*parts[0])
    assert moments + Moments() == Moments() + moments == moments
    assert counted + Confusion() == Confusion() + counted == counted
    assert Moments.from_list(moments.to_list()) == moments
    assert Confusion.from_list(counted.to_list()) == counted
    assert Confusion.from_list([float(count) for count in counted.to_list()]) == counted


def test_of_nothing_there_is_no_score():
    with pytest.raises(ValueError, match="no utterances"):
        Moments().ccc()
    with pytest.raises(ValueError, match="no utterances"):
        Confusion().uar()
    assert Moments.of([], []) == Moments.total([]) == Moments()
    assert Confusion.of([], []) == Confusion()


@pytest.mark.parametrize(
    "values", [[1.0, 0.0], [1.5, 0, 0, 0, 0, 0], [1, 0, 0, -1, 0, 0], [1, 0, 0, float("nan"), 0, 0]]
)
def test_moments_that_cannot_be_are_refused(values):
    with pytest.raises(ValueError, match="Moments needs"):
        Moments.from_list(values)


@pytest.mark.parametrize("values", [[1] * 8, [0.5] * 9, [-1] * 9, [float("nan")] * 9])
def test_counts_that_cannot_be_are_refused(values):
    with pytest.raises(ValueError, match="Confusion needs"):
        Confusion.from_list(values)


def test_series_of_two_lengths_or_with_nan_are_refused():
    for kind in (Moments, Confusion):
        with pytest.raises(ValueError, match="one length"):
            kind.of([0.1], [0.1, 0.2])
        with pytest.raises(ValueError):
            kind.of([float("nan")], [0.1])
