import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fedser.errors import ConfigError
from fedser.mobility import Stream, StreamOptions

OWNED = np.array([3, 5, 8, 13, 21, 34, 55])


def stream(owned=OWNED, device=0, seed=0, **options):
    return Stream(StreamOptions.read(options, "[stream]"), owned, device, seed)


@settings(max_examples=80)
@given(n=st.integers(1, 25), per_round=st.integers(1, 12), seed=st.integers(0, 99), rounds=st.integers(1, 40))
def test_every_pass_says_all_and_no_round_says_anything_twice(n, per_round, seed, rounds):
    owned = np.arange(n) * 2 + 5
    speech = stream(owned, seed=seed, per_round=per_round)
    said = [speech.spoken(r).positions for r in range(1, rounds + 1)]

    assert all(len(np.unique(positions)) == len(positions) == min(n, per_round) for positions in said)
    everything = np.concatenate(said)
    for begin in range(0, len(everything) - n + 1, n):
        assert sorted(everything[begin : begin + n]) == owned.tolist()


@given(order=st.permutations(list(range(1, 31))), per_round=st.integers(1, 9))
def test_rounds_may_be_asked_for_in_any_order(order, per_round):
    speech = stream(per_round=per_round, label_fraction=0.5, label_noise=0.1)
    asked = {r: speech.spoken(r) for r in order}
    for r in range(1, 31):
        alone = stream(OWNED[::-1], per_round=per_round, label_fraction=0.5, label_noise=0.1).spoken(r)
        assert np.array_equal(alone.positions, asked[r].positions)
        assert np.array_equal(alone.labelled_in, asked[r].labelled_in)
        assert np.array_equal(alone.label_noise, asked[r].label_noise)


def test_passes_devices_and_seeds_are_shuffled_each_on_its_own():
    owned = np.arange(40)
    orders = [
        stream(owned, device=d, seed=s, per_round=40).spoken(r).positions
        for d, s, r in [(0, 0, 1), (0, 0, 2), (1, 0, 1), (0, 1, 1)]
    ]
    assert len({tuple(order) for order in orders}) == 4


def test_who_says_a_round_s_utterances_is_any_of_them_equally_often():
    """Also in rounds in which one pass ends and the next begins."""
    counts = np.zeros((3, 7))
    for seed in range(1500):
        for r in (1, 2, 3):
            counts[r - 1, stream(np.arange(7), seed=seed, per_round=3).spoken(r).positions] += 1
    # Three of seven without replacement: the counts vary less than independent ones would, by (7 − 3) / (7 − 1).
    for row in counts:
        statistic = ((row - 1500 * 3 / 7) ** 2 / (1500 * 3 / 7)).sum() * 6 / 4
        assert 0.001 < stats.chi2.sf(statistic, 6) < 0.9999


def test_everything_at_once_is_in_order():
    for r in (1, 7):
        assert np.array_equal(stream(OWNED[::-1]).spoken(r).positions, OWNED)


def test_by_default_labels_come_at_once_and_are_exact():
    heard = stream(per_round=3).spoken(4)
    assert heard.labelled_in.tolist() == [4] * 3
    assert heard.label_noise.tolist() == [[0.0, 0.0]] * 3


def test_delay_fraction_and_noise():
    speech = stream(np.arange(60), per_round=50, label_delay=3, label_fraction=0.3, label_noise=0.2)
    rounds = {r: speech.spoken(r) for r in range(1, 201)}
    for r, heard in rounds.items():
        assert set(heard.labelled_in) <= {r + 3, -1}
    labelled = np.concatenate([heard.labelled_in for heard in rounds.values()]) > 0
    noise = np.concatenate([heard.label_noise for heard in rounds.values()])
    assert stats.binomtest(int(labelled.sum()), len(labelled), 0.3).pvalue > 0.01
    assert stats.binomtest(int(labelled.sum()), len(labelled), 0.33).pvalue < 1e-6
    assert stats.kstest(noise.ravel(), stats.norm(0, 0.2).cdf).pvalue > 0.01
    assert stats.kstest(noise.ravel(), stats.norm(0, 0.22).cdf).pvalue < 1e-6
    assert abs(stats.pearsonr(noise[:, 0], noise[:, 1]).statistic) < 0.04
    assert stats.ks_2samp(noise[labelled, 0], noise[~labelled, 0]).pvalue > 0.01


@pytest.mark.parametrize(("fraction", "labelled"), [(0.0, 0), (1.0, 7)])
def test_none_and_all(fraction, labelled):
    assert (stream(label_fraction=fraction).spoken(1).labelled_in > 0).sum() == labelled


def test_a_greater_fraction_labels_what_the_smaller_one_did():
    some, more = (stream(label_fraction=f, label_noise=0.1).spoken(1) for f in (0.3, 0.7))
    assert ((some.labelled_in > 0) <= (more.labelled_in > 0)).all()
    assert np.array_equal(some.label_noise, more.label_noise)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"per_round": 0}, "per_round should be greater than or equal to 1, got 0"),
        ({"label_delay": -1}, "label_delay should be greater than or equal to 0"),
        ({"label_delay": 1.5}, "label_delay should be a valid integer"),
        ({"label_fraction": 1.1}, "label_fraction should be less than or equal to 1"),
        ({"label_noise": float("inf")}, "label_noise should be a finite number"),
        ({"label_noice": 0.1}, 'unknown key "label_noice"; did you mean "label_noise"'),
    ],
)
def test_bad_options(values, message):
    with pytest.raises(ConfigError, match=message):
        StreamOptions.read(values, "c.toml [stream]")
