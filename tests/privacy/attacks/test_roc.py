"""The ROC against pairwise counting, scipy and the definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from fedser.privacy.attacks.roc import auc, tpr_at_fpr

SCORES = arrays(np.float64, st.integers(2, 30), elements=st.integers(-5, 5).map(float))


def naive_auc(members, others):
    return np.mean([(m > o) + 0.5 * (m == o) for m in members for o in others])


@given(SCORES, SCORES)
def test_auc_is_the_share_of_pairs_in_order(members, others):
    assert auc(members, others) == pytest.approx(naive_auc(members, others), abs=1e-12)
    assert auc(others, members) == pytest.approx(1 - auc(members, others), abs=1e-12)


def test_auc_is_mann_whitneys_u():
    stream = np.random.default_rng(0)
    x, y = stream.normal(0.4, 1, 40), stream.normal(size=70)
    assert auc(x, y) == pytest.approx(stats.mannwhitneyu(x, y).statistic / (40 * 70), abs=1e-12)


@given(SCORES, SCORES, st.sampled_from([0.0, 0.01, 0.1, 0.34]))
def test_tpr_at_fpr_is_the_best_threshold_that_keeps_the_promise(members, others, fpr):
    thresholds = np.unique(np.concatenate([members, others]))
    best = max(
        (np.mean(members > t) for t in thresholds if np.mean(others > t) <= fpr + 1e-12),
    )
    assert tpr_at_fpr(members, others, fpr) == pytest.approx(best, abs=1e-12)


def test_tpr_of_normal_scores_is_the_formula():
    stream = np.random.default_rng(1)
    expected = stats.norm.sf(stats.norm.isf(0.01) - 1.5)
    assert tpr_at_fpr(stream.normal(1.5, 1, 200_000), stream.normal(size=200_000), 0.01) == pytest.approx(
        expected, abs=0.01
    )


def test_a_round_share_of_the_others_is_allowed_in_full():
    others = np.arange(300.0)
    assert tpr_at_fpr([296.5], others, 0.01) == 1.0
    assert tpr_at_fpr([295.5], others, 0.01) == 0.0


@pytest.mark.parametrize("members", [[], [np.nan]])
def test_bad_scores_are_refused(members):
    with pytest.raises(ValueError, match="ROC"):
        auc(members, [1.0])
