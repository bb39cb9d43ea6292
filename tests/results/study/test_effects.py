"""Differences, intervals and Holm's correction against scipy and hand-worked cases."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fedser.metrics.holm import holm
from fedser.results.study.effects import Effect, corrected, lower_is_better
from fedser.results.study.run import Measured

CCC, FORGETTING = Measured("all", "activation", "ccc"), Measured("all", "activation", "ccc forgetting")


def series(values, seeds=None):
    return pd.Series(values, index=seeds or range(len(values)), dtype=float)


def test_an_effect_is_scipys_paired_test_and_interval():
    stream = np.random.default_rng(1)
    x, y = stream.normal(0.1, 1, 8), stream.normal(size=8)
    effect = Effect.of(series(x), series(y), CCC)
    test = stats.ttest_rel(x, y)
    interval = test.confidence_interval(0.95)
    assert effect.p == pytest.approx(test.pvalue, rel=1e-12)
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert (effect.difference, effect.n) == (pytest.approx((x - y).mean(), rel=1e-12), 8)


def test_only_seeds_that_both_have_are_paired():
    effect = Effect.of(series([1.0, 2.0, 9.0], [0, 1, 5]), series([0.5, 3.0, 7.0], [1, 0, 4]), CCC)
    assert effect.n == 2
    assert effect.difference == pytest.approx(((1.0 - 3.0) + (2.0 - 0.5)) / 2)


def test_one_seed_has_neither_test_nor_width():
    effect = Effect.of(series([1.0]), series([0.5]), CCC)
    assert (effect.p, effect.low, effect.high) == (None, -np.inf, np.inf)


@pytest.mark.parametrize(("key", "better"), [(CCC, "*"), (FORGETTING, "†")])
def test_a_mark_says_which_way_is_better(key, better):
    x = series([0.5, 0.52, 0.51, 0.49, 0.53])
    effects = corrected([Effect.of(x, x - series([0.1, 0.11, 0.1, 0.09, 0.1]), key)])
    assert effects[0].mark == better
    few = corrected([Effect.of(x[:4], x[:4] - series([0.1, 0.11, 0.1, 0.09]), key)])
    assert few[0].adjusted < 0.05
    assert few[0].mark == "", "under five seeds"


def test_a_mark_is_lost_in_a_larger_family():
    x, y = series([0.1, 0.2, 0.1, 0.3, 0.1]), series([0.0, 0.05, 0.08, 0.02, 0.09])
    one = Effect.of(x, y, CCC)
    assert 0.025 < one.p < 0.5
    weak = series([0.3, 0.29, 0.3, 0.33, 0.31])
    alone = corrected([Effect.of(weak, weak - series([0.1, 0.3, 0.1, 0.2, 0.05]), CCC)])
    assert alone[0].mark == "*"
    many = corrected([*alone, *[Effect.of(y, series([0.01, 0.03, 0.09, 0.0, 0.1]), CCC)] * 9])
    assert many[0].mark == ""


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []
    assert holm([None, 0.04]) == [None, 0.04]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.001, 0.2))
def test_holm_rejects_what_the_step_down_procedure_rejects(p_values, alpha):
    """Against the procedure as Holm wrote it: go up from the smallest until one is not below alpha / (m − k)."""
    rejected = set()
    for k, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[place] * (len(p_values) - k) >= alpha:
            break
        rejected.add(place)
    assert {i for i, p in enumerate(holm(p_values)) if p < alpha} == rejected


def test_null_families_have_a_mark_in_at_most_five_percent():
    """400 families of six tests of nothing at five seeds; binomial 99.9 % bound."""
    stream, marked = np.random.default_rng(3), 0
    for family in stream.normal(size=(400, 6, 5)):
        p_values = stats.ttest_1samp(family, 0, axis=1).pvalue
        marked += min(holm(p_values.tolist())) < 0.05
    assert marked <= stats.binom.ppf(0.999, 400, 0.05)


def test_which_way_is_better():
    assert lower_is_better("ccc forgetting")
    assert lower_is_better("epsilon")
    assert lower_is_better("rmse")
    assert not lower_is_better("ccc BWT")
    assert not lower_is_better("ccc global")
