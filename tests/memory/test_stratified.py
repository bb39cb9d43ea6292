from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import CorpusError
from fedser.memory import Candidates, MemoryOptions, remember
from fedser.memory.quotas import share_equally, share_in_proportion
from fedser.metrics import bin_levels
from fedser.seeding import generator

sizes = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@given(places=st.integers(0, 200), available=sizes, first=st.integers(0, 7))
def test_equal_shares(places, available, first):
    counts = share_equally(places, available, first % len(available))
    assert sum(counts) == min(places, sum(available))
    assert all(0 <= c <= a for c, a in zip(counts, available, strict=True))
    unfilled = [c for c, a in zip(counts, available, strict=True) if c < a]
    # A group that still has members never has more than one place less than any other group.
    assert not unfilled or max(counts) - min(unfilled) <= 1


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


def test_speakers_are_as_equal_as_possible():
    candidates = crowd(20_000, 4)
    counts = Counter(candidates.speaker[keep("speaker", candidates).positions].tolist())
    assert sum(counts.values()) == 261
    assert max(counts.values()) - min(counts.values()) <= 9  # at most one a bucket


def test_unknown_gender_is_no_candidate():
    candidates = crowd(900, 5, genders=("female", "male", ""))
    chosen = keep("gender", candidates).positions
    assert "" not in candidates.gender[chosen]


def test_shortfalls_are_reported():
    candidates = crowd(300, 6, genders=("female",) * 50 + ("male",))
    memory = keep("gender", candidates)
    assert len(memory.positions) == 261
    assert any("male" in line for line in memory.shortfalls)


def test_no_gender_at_all_is_an_error_that_says_so():
    with pytest.raises(CorpusError, match="environment home: no utterance has a gender"):
        keep("gender", crowd(50, 7, genders=("",)))


def test_random_is_what_the_ring_saw_last():
    candidates = crowd(10, 8)
    memory = remember("home", "random", np.array([3, 1, 2]), candidates, MemoryOptions(), generator(0))
    assert memory.positions.tolist() == [3, 1, 2]
