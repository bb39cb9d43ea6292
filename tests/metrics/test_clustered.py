"""Intervals over seeds and speakers: what they are made of, and how often they hold the truth."""

import numpy as np
import pytest

from fedser.metrics import ccc
from fedser.metrics.clustered import ccc_of_sums, interval, raw_sums
from fedser.metrics.pooled import Moments


def sums_of(prediction, label):
    return np.stack(
        [np.ones_like(label), prediction, label, prediction**2, label**2, prediction * label], axis=-1
    ).sum(axis=-2)


def worlds(rng, runs, seeds, pool, tested, speaker=0.15, seed=0.05, fixed=False, utterances=16, shift=0.0):
    """Sums (runs, seeds, people, 6): a model hears each person with a slope and a bias, each seed with a slope."""
    people = tested if fixed else pool
    slope = 0.6 + shift + speaker * rng.standard_normal((runs, 1, people, 1))
    bias = speaker * rng.standard_normal((runs, 1, people, 1))
    label = rng.uniform(-0.7, 0.7, (runs, 1, people, utterances))
    heard = rng.normal(0, 0.25, (runs, 1, people, utterances))
    trained = seed * rng.standard_normal((runs, seeds, 1, 1))
    noise = rng.normal(0, 0.1, (runs, seeds, people, utterances))
    prediction = (slope + trained) * label + bias + heard + noise
    sums = sums_of(prediction, np.broadcast_to(label, prediction.shape))
    chosen = rng.random((runs, seeds, people)).argsort(axis=-1) < tested
    return sums * chosen[..., None]


def test_sums_give_the_ccc_of_all_utterances_at_once():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 4, 9))
    moments = np.array([Moments.of(a, b).to_list() for a, b in zip(x, y, strict=True)])
    assert ccc_of_sums(raw_sums(moments).sum(axis=0)) == pytest.approx(ccc(x.ravel(), y.ravel()), abs=1e-13)
    assert np.isnan(ccc_of_sums(np.zeros(6)))


def test_the_parts_of_the_variance_are_those_of_plain_loops():
    """Leave-one-out written with the utterances themselves."""
    from fedser.metrics.clustered import _of_both, _of_speakers, _scores

    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 3, 4, 6))  # seeds, speakers, utterances
    tested = np.array([[1, 1, 0, 1], [1, 0, 1, 0], [0, 1, 1, 1]], dtype=bool)
    sums = sums_of(x, y) * tested[..., None]

    def score(seed, without=-1):
        chosen = [k for k in range(4) if tested[seed, k] and k != without]
        return ccc(x[seed, chosen].ravel(), y[seed, chosen].ravel())

    left = [np.mean([score(s, k) for s in range(3)]) for k in range(4)]
    assert _of_speakers(*_scores(sums), tested) == pytest.approx(3 * np.var(left), abs=1e-12)
    both = 0.0
    for s in range(3):
        own = [score(s, k) for k in range(4) if tested[s, k]]
        both += (len(own) - 1) * np.var(own)
    assert _of_both(_scores(sums)[1], tested) == pytest.approx(both / 9, abs=1e-12)
    found = interval(sums)
    assert found.mean == pytest.approx(np.mean([score(s) for s in range(3)]), abs=1e-12)
    assert (found.seeds, found.speakers) == (3, 4)


def test_there_is_no_interval_of_one_seed_or_one_speaker_and_no_score_of_nobody():
    rng = np.random.default_rng(2)
    (sums,) = worlds(rng, 1, 3, 6, 2)
    assert np.isnan(interval(sums[:1]).low)
    (alone,) = worlds(rng, 1, 3, 6, 1)
    assert np.isnan(interval(alone).high)
    sums[1] = 0
    with pytest.raises(ValueError, match="every seed"):
        interval(sums)


@pytest.mark.parametrize(("pool", "tested"), [(24, 5), (9, 2)])
def test_intervals_cover_what_fresh_speakers_and_seeds_would_score(pool, tested):
    """RAVDESS and nEMO in size; the truth is the mean score of splits of people nobody has met."""
    rng = np.random.default_rng(3)
    fresh = worlds(rng, 4000, 1, tested, tested, fixed=True)
    truth = ccc_of_sums(fresh.sum(axis=2)).mean()
    found = [interval(sums) for sums in worlds(rng, 800, 10, pool, tested)]
    assert 0.93 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.97
    over_seeds = [ccc_of_sums(sums.sum(axis=1)) for sums in worlds(rng, 300, 10, pool, tested)]
    half = [2.262 * own.std(ddof=1) / 10**0.5 for own in over_seeds]
    held = [abs(own.mean() - truth) <= h for own, h in zip(over_seeds, half, strict=True)]
    assert np.mean(held) < 0.9, "seeds alone do not see that speakers vary"


def test_intervals_of_differences_pair_seeds_and_speakers():
    rng = np.random.default_rng(4)
    held, wide = [], []
    for _ in range(150):
        state = rng.bit_generator.state
        (one,) = worlds(rng, 1, 10, 24, 5)
        rng.bit_generator.state = state
        (other,) = worlds(rng, 1, 10, 24, 5, shift=0.1)
        paired = interval(other, one)
        wide.append((paired.high - paired.low) / (interval(one).high - interval(one).low))
        held.append(paired.low > 0)
    assert np.median(wide) < 0.5
    assert np.mean(held) > 0.9
