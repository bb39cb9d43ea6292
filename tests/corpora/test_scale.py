from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.corpora.scale import rescale, scaled_labels
from fedser.errors import CorpusError
from fedser.metrics import bin_levels

RATINGS = st.floats(-1e6, 1e6)


def rows(activation, valence=None, split=None):
    n = len(activation)
    return pd.DataFrame(
        {
            "activation": np.asarray(activation, dtype=float),
            "valence": np.asarray(valence if valence is not None else np.arange(n), dtype=float),
            "split": split or ["train"] * n,
        }
    )


def test_a_scale_of_one_to_seven_lands_where_it_should():
    exact = [float(2 * Fraction(x - 1, 6) - 1) for x in range(1, 8)]

    np.testing.assert_allclose(rescale(range(1, 8), 1, 7), exact, rtol=0, atol=1e-15)


def test_labels_on_the_edges_of_bins_belong_to_the_upper_bin():
    # 3 and 5 on 1–7 are −1/3 and 1/3; the order of operations decides whether float64 keeps them there.
    assert bin_levels(rescale([1, 2, 3, 4, 5, 6, 7], 1, 7)).tolist() == [0, 0, 1, 1, 2, 2, 2]


@given(st.lists(RATINGS, min_size=2, max_size=30).filter(lambda x: min(x) < max(x)))
def test_empirical_scaling_reaches_both_ends_and_keeps_order(values):
    scaled = scaled_labels(rows(values), "empirical", None)["activation"]

    assert scaled.min() == -1
    assert scaled.max() == 1
    assert (np.diff(scaled[np.argsort(values)]) >= 0).all()


@given(st.lists(st.floats(1, 7), min_size=2, max_size=30).filter(lambda x: min(x) < max(x)))
def test_theoretical_scaling_does_not_look_at_the_labels(values):
    scaled = scaled_labels(rows(values), "theoretical", (1, 7))["activation"]

    np.testing.assert_allclose(scaled, [float(2 * (Fraction(x) - 1) / 6 - 1) for x in values], rtol=0, atol=1e-15)


def test_training_ends_come_from_the_training_split_and_others_are_clipped():
    table = rows([2, 4, 1, 5, 3], split=["train", "train", "test", "validation", "test"])

    assert scaled_labels(table, "train", None)["activation"].tolist() == [-1, 1, -1, 1, 0]


def test_labels_themselves_are_left_as_they_are():
    table = rows([1, 2, 3])
    before = table.copy()

    scaled_labels(table, "empirical", None)

    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("how", ["empirical", "theoretical", "train"])
def test_a_constant_label_is_refused(how):
    with pytest.raises(CorpusError, match="every activation is 3: a constant label"):
        scaled_labels(rows([3, 3, 3]), how, (1, 7))


def test_a_constant_label_in_training_is_refused_where_training_sets_the_ends():
    table = rows([3, 3, 4], split=["train", "train", "test"])

    with pytest.raises(CorpusError, match="every activation is 3"):
        scaled_labels(table, "train", None)


def test_a_range_too_wide_for_floats_is_refused():
    with pytest.raises(CorpusError, match="too wide"):
        scaled_labels(rows([-1e308, 1e308]), "empirical", None)


def test_theoretical_scaling_without_a_scale_is_refused():
    with pytest.raises(CorpusError, match="ends of the rating scale"):
        scaled_labels(rows([1, 2]), "theoretical", None)
