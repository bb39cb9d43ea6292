"""Why statistics of a device's own speech do not leave it: of few labels they are the labels."""

from itertools import combinations_with_replacement

import numpy as np

from fedser.metrics.pooled import Moments

LEVELS = np.array([-0.83, -0.61, -0.34, -0.05, 0.12, 0.41, 0.67, 0.92])
"""Where eight emotions lie on a scale, as corpora of categories are mapped to it."""


def test_count_mean_and_spread_of_eight_labels_say_how_often_each_occurred():
    """All 6,435 multisets of eight labels out of eight levels have statistics of their own, to nine digits."""
    multisets = list(combinations_with_replacement(range(8), 8))
    predictions = np.linspace(-1, 1, 8)
    seen = {}
    for multiset in multisets:
        moments = Moments.of(predictions, LEVELS[list(multiset)])
        seen.setdefault((moments.n, round(moments.mean_label, 9), round(moments.m2_label, 9)), []).append(multiset)
    assert len(multisets) == 6435
    assert sum(len(found) == 1 for found in seen.values()) == 6435
