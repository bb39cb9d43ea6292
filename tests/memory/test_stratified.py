from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fedser.errors import CorpusError
from fedser.memory import Candidates, MemoryOptions, remember
from fedser.memory.quotas import share_equally, share_in_proportion
from fedser.metrics import bin_levels
from fedser.seeding import generator

sizes = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@given(places=st.integers(0, 200), available=sizes, seed=st.integers(0, 99))
def test_equal_shares(places, available, seed):
    order = np.random.default_rng(seed).permutation(len(available)).tolist()
    counts = share_equally(places, available, order)
    assert sum(counts) == min(places, sum(available))
    assert all(0 <= c <= a for c, a in zip(counts, available, strict=True))
    unfilled = [c for c, a in zip(counts, available, strict=True) if c < a]
    # A group that still has members never has more than one place less than any other group.
    assert not unfilled or max(counts) - min(unfilled) <= 1
    # Of those that could have had the odd place, the first in the order have.
    more = [counts[k] == max(counts) for k in order if counts[k] < available[k]]
    assert more == sorted(more, reverse=True) or max(counts) - min(unfilled) == 0


@given(places=st.integers(0, 200), available=st.lists(st.integers(0, 200), min_size=2, max_size=2))
def test_proportional_shares(places, available):
    counts = share_in_proportion(places, available, [0.3, 0.7])
    assert sum(counts) == min(places, sum(available))
    assert all(0 <= c <= a for c, a in zip(counts, available, strict=True))
    if min(available) >= places:
        assert abs(counts[0] - 0.3 * places) <= 0.5 + 1e-9


def crowd(n, seed, genders=("female", "male"), speakers=6):
    stream = np.random.default_rng(seed)
    return Candidates(
        activation=stream.uniform(-1, 1, n),
        valence=stream.uniform(-1, 1, n),
        duration_s=stream.uniform(3, 12, n),
        gender=stream.choice(genders, n),
        speaker=stream.choice([f"s{k}" for k in range(speakers)], n),
    )


def keep(kind, candidates, capacity=261, seed=0):
    return remember(
        "home",
        kind,
        np.arange(len(candidates.gender)),
        candidates,
        MemoryOptions(capacity=capacity),
        generator(seed, "memory"),
    )


@given(
    n=st.integers(1, 400),
    seed=st.integers(0, 1000),
    kind=st.sampled_from(["length", "gender", "speaker"]),
    capacity=st.integers(1, 300),
)
def test_size_no_duplicates_and_determinism(n, seed, kind, capacity):
    candidates = crowd(n, seed)
    memory = keep(kind, candidates, capacity)
    assert len(memory.positions) == min(capacity, n)
    assert len(set(memory.positions.tolist())) == len(memory.positions)
    assert np.array_equal(memory.positions, keep(kind, candidates, capacity).positions)


@pytest.mark.parametrize("kind", ["length", "gender", "speaker"])
def test_nine_buckets_of_twenty_nine(kind):
    candidates = crowd(20_000, 1)
    chosen = keep(kind, candidates).positions
    buckets = 3 * bin_levels(candidates.activation[chosen]) + bin_levels(candidates.valence[chosen])
    assert np.bincount(buckets, minlength=9).tolist() == [29] * 9


def test_length_takes_nine_from_the_outer_quartiles_and_twenty_from_the_inner():
    candidates = crowd(20_000, 2)
    chosen = keep("length", candidates).positions
    first, last = np.quantile(candidates.duration_s, [0.25, 0.75])
    d = candidates.duration_s[chosen]
    buckets = 3 * bin_levels(candidates.activation[chosen]) + bin_levels(candidates.valence[chosen])
    outer = (d < first) | (d > last)
    assert np.bincount(buckets, outer).tolist() == [9] * 9


def test_gender_alternates_fifteen_and_fourteen():
    candidates = crowd(20_000, 3)
    chosen = keep("gender", candidates).positions
    buckets = 3 * bin_levels(candidates.activation[chosen]) + bin_levels(candidates.valence[chosen])
    female = np.bincount(buckets, candidates.gender[chosen] == "female").tolist()
    assert female == [15, 14] * 4 + [15]


@pytest.mark.parametrize("speakers", [2, 6, 29, 30, 100, 261, 300])
def test_speakers_are_as_equal_as_possible_in_each_bucket_and_in_all(speakers):
    candidates = crowd(40_000, 4, speakers=speakers)
    chosen = keep("speaker", candidates).positions
    counts = Counter(candidates.speaker[chosen].tolist())
    assert sum(counts.values()) == 261
    assert len(counts) == min(speakers, 261)
    assert max(counts.values()) - min(counts[f"s{k}"] for k in range(speakers)) <= 1
    buckets = 3 * bin_levels(candidates.activation[chosen]) + bin_levels(candidates.valence[chosen])
    for b in range(9):
        inside = Counter(candidates.speaker[chosen[buckets == b]].tolist())
        assert max(inside.values()) - min(inside[f"s{k}"] for k in range(speakers)) <= 1


SEEDS = 250


@pytest.mark.parametrize(("speakers", "capacity"), [(40, 27), (14, 261), (60, 261)])
def test_over_seeds_every_speaker_has_the_same_chance_of_an_odd_place(speakers, capacity):
    """Counts of n odd places among N speakers vary less than independent ones would, by (N − n) / (N − 1)."""
    candidates = crowd(100 * speakers, 5, speakers=speakers)
    total = np.zeros(speakers)
    for seed in range(SEEDS):
        drawn = candidates.speaker[keep("speaker", candidates, capacity, seed).positions]
        total += np.bincount([int(name[1:]) for name in drawn.tolist()], minlength=speakers)
    odd = total - SEEDS * (capacity // speakers)
    n = capacity % speakers
    expected = SEEDS * n / speakers
    statistic = ((odd - expected) ** 2 / expected).sum() * (speakers - 1) / (speakers - n)
    assert 0.001 < stats.chi2.sf(statistic, speakers - 1) < 0.999


def test_seeds_do_not_keep_the_same_speakers():
    """With many more speakers than places the memories of five seeds share as many as chance has it."""
    speakers = 1126
    candidates = crowd(20_000, 6, speakers=speakers)
    kept = [
        set(candidates.speaker[keep("speaker", candidates, seed=seed).positions].tolist()) for seed in range(5)
    ]
    assert [len(names) for names in kept] == [261] * 5
    reached = len(set().union(*kept))
    assert abs(reached - speakers * (1 - (1 - 261 / speakers) ** 5)) < 40
    assert set(candidates.speaker[keep("speaker", candidates, seed=3).positions].tolist()) == kept[3]


@pytest.mark.parametrize("kind", ["length", "gender", "speaker"])
def test_a_memory_smaller_than_the_buckets_is_of_any_of_them(kind):
    """Six places of nine: in the order of the buckets there would be no high activation."""
    candidates = crowd(900, 9)
    total = np.zeros(9)
    for seed in range(SEEDS):
        chosen = keep(kind, candidates, 6, seed).positions
        buckets = 3 * bin_levels(candidates.activation[chosen]) + bin_levels(candidates.valence[chosen])
        assert np.bincount(buckets).max() == 1
        total += np.bincount(buckets, minlength=9)
    expected = SEEDS * 6 / 9
    statistic = ((total - expected) ** 2 / expected).sum() * 8 / 3
    assert 0.001 < stats.chi2.sf(statistic, 8) < 0.999


def test_unknown_gender_is_no_candidate():
    candidates = crowd(900, 5, genders=("female", "male", ""))
    chosen = keep("gender", candidates).positions
    assert "" not in candidates.gender[chosen]


def test_shortfalls_are_reported():
    candidates = crowd(300, 6, genders=("female",) * 50 + ("male",))
    memory = keep("gender", candidates)
    assert len(memory.positions) == 261
    assert any("male" in line for line in memory.shortfalls)


def test_with_more_speakers_than_places_nobody_in_particular_falls_short():
    memory = keep("speaker", crowd(20_000, 10, speakers=300))
    assert len(memory.positions) == 261
    assert memory.shortfalls == ()


def test_of_speakers_a_shortfall_is_one_of_what_all_should_have():
    """Five speakers share 29 places as 5 each and four odd ones; the fifth has three utterances in all."""
    candidates = crowd(9000, 11, speakers=4)
    rare = np.flatnonzero(bin_levels(candidates.activation) + bin_levels(candidates.valence) == 0)[:3]
    candidates.speaker[rare] = "s4"
    memory = keep("speaker", candidates)
    counts = Counter(candidates.speaker[memory.positions].tolist())
    assert counts["s4"] == 3
    assert sorted(counts[f"s{k}"] for k in range(4)) == [64, 64, 65, 65]
    assert memory.shortfalls[0] == "activation low, valence low, s4: 3 of 5"
    assert len(memory.shortfalls) == 9
    assert all(line.endswith("s4: 0 of 5") for line in memory.shortfalls[1:])


def test_no_gender_at_all_is_an_error_that_says_so():
    with pytest.raises(CorpusError, match="environment home: no utterance has a gender"):
        keep("gender", crowd(50, 7, genders=("",)))


def test_random_is_what_the_ring_saw_last():
    candidates = crowd(10, 8)
    memory = remember("home", "random", np.array([3, 1, 2]), candidates, MemoryOptions(), generator(0))
    assert memory.positions.tolist() == [3, 1, 2]
