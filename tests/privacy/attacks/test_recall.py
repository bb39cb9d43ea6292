import numpy as np
import pytest

from fedser.privacy.attacks.interval import recall_interval


def stream(seed=0):
    return np.random.default_rng(seed)


def test_the_estimate_averages_over_speakers_then_over_classes():
    # Class a: speakers right in 3 of 4 and 0 of 1; class b: 1 of 2.
    right = [1, 1, 1, 0, 0, 1, 0]
    classes = ["a"] * 5 + ["b"] * 2
    speakers = ["x"] * 4 + ["y"] + ["z"] * 2
    assert recall_interval(right, classes, speakers, stream()).estimate == pytest.approx((0.375 + 0.5) / 2)


def test_more_updates_of_the_same_speakers_do_not_narrow_the_interval():
    right, classes, speakers = [1, 0, 1, 1, 0, 1], list("aaabbb"), list("uvwxyz")
    once = recall_interval(right, classes, speakers, stream())
    often = recall_interval(right * 50, classes * 50, speakers * 50, stream())
    assert once == often


def test_few_speakers_all_right_leave_doubt():
    interval = recall_interval([1] * 9, list("aaaabbbbb"), list("123456789"), stream())
    assert interval.estimate == interval.high == 1.0
    assert 0.6 < interval.low < 0.85


@pytest.mark.parametrize(("per_class", "recall"), [(4, 0.5), (5, 0.8), (12, 0.5), (12, 0.7), (12, 0.95)])
def test_the_interval_covers_the_truth_over_speakers(per_class, recall):
    """Speakers differ (beta), each has three updates; 95 % intervals over new speakers."""
    source = stream(1)
    covered = []
    classes, speakers = np.repeat(["a", "b"], 3 * per_class), np.repeat(np.arange(2 * per_class), 3)
    for _ in range(400):
        ability = source.beta(3 * recall, 3 * (1 - recall), size=2 * per_class)
        right = source.random(6 * per_class) < np.repeat(ability, 3)
        covered.append(recall in recall_interval(right, classes, speakers, source, draws=300))
    assert np.mean(covered) >= 0.93


def test_series_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        recall_interval([1, 0], ["a"], ["x", "y"], stream())
