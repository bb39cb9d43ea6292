"""All memories of a device: rings that become memories, budgets, and the reservoir."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from fedser.device import DeviceMemory, Items
from fedser.device.memory import ANYWHERE, DeviceMemoryOptions
from fedser.errors import CorpusError
from fedser.memory import Candidates
from fedser.memory.quotas import share_equally
from fedser.seeding import generator

visits = st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 9), min_size=1, max_size=12)), max_size=12)

NAMES = ("home", "office", "café", "street")


def heard(positions, place=0):
    return Items.heard(place, np.asarray(positions, np.int64), np.zeros((len(positions), 2)))


def sampler(place):
    return generator(0, "test", place)


def candidates(items):
    n, stream = len(items), np.random.default_rng(0)
    labels = stream.uniform(-1, 1, (n, 2))
    gender = np.where(items.positions % 2 == 0, "female", "male")
    speaker = np.array([f"s{k % 3}" for k in items.positions.tolist()])
    return Candidates(labels[:, 0], labels[:, 1], items.positions.astype(float) + 1, gender, speaker)


def stay(memory, place, positions, options, kind="random"):
    """Spend one round in a place, as a device does."""
    memory = memory.leaving(place, kind, options, candidates, sampler, NAMES)
    memory = memory.after_training(heard(positions, place), np.full(len(positions), place), options, sampler)
    return memory.leaving(place, kind, options, candidates, sampler, NAMES)


def test_a_memory_that_cannot_be_sampled_names_its_place():
    def genderless(items):
        return replace(candidates(items), gender=np.full(len(items), ""))

    memory = DeviceMemory({1: heard(range(8), 1)})
    with pytest.raises(CorpusError, match=r"^environment office: no utterance has a gender"):
        memory.leaving(0, "gender", DeviceMemoryOptions(capacity=3), genderless, sampler, NAMES)


def last_distinct(values, capacity):
    return list(dict.fromkeys(reversed(values)))[:capacity][::-1]


@given(visits)
def test_a_place_left_and_entered_again_continues_its_one_ring(route):
    options, memory, said = DeviceMemoryOptions(capacity=5), DeviceMemory(), {}
    for place, positions in route:
        memory = stay(memory, place, positions, options)
        said.setdefault(place, []).extend(positions)
        assert list(memory.places) == list(said)  # in the order of the first visit, none twice
        for known, values in said.items():
            assert memory.places[known].positions.tolist() == last_distinct(values, 5)
            assert (memory.places[known].conditions == known).all()
        assert [other for other, _ in memory.of_others(place)] == [other for other in said if other != place]


@pytest.mark.parametrize("kind", ["length", "gender", "speaker"])
def test_a_sampled_memory_is_cut_when_the_device_leaves(kind):
    options = DeviceMemoryOptions(capacity=6)
    memory = stay(DeviceMemory(), 0, range(10), options, kind)
    memory = stay(memory, 0, range(8, 20), options, kind)
    assert sorted(memory.places[0].positions.tolist()) == list(range(20))
    memory = stay(memory, 1, range(9), options, kind)
    kept = memory.places[0].positions.tolist()
    assert len(kept) == len(set(kept)) == 6
    assert set(kept) <= set(range(20))
    assert len(memory.places[1]) == 9


@given(visits, st.integers(0, 12))
def test_a_budget_holds_and_is_shared_equally(route, budget):
    options, memory = DeviceMemoryOptions(capacity=8), DeviceMemory()
    for place, positions in route:
        before = stay(memory, place, positions, options)
        memory = before.within(budget)
        sizes = [len(items) for items in before.places.values()]
        assert [len(items) for items in memory.places.values()] == share_equally(budget, sizes)
        assert len(memory) == min(budget, len(before))
        for known, items in memory.places.items():  # the oldest went
            whole = before.places[known].positions.tolist()
            assert items.positions.tolist() == whole[len(whole) - len(items) :]


def test_no_budget_cuts_nothing():
    memory = stay(DeviceMemory(), 0, range(5), DeviceMemoryOptions(capacity=8))
    assert memory.within(None) is memory


@pytest.mark.parametrize("part", [1, 7, 60])
def test_the_reservoir_is_uniform_over_all_that_was_heard(part):
    options, trials, n = DeviceMemoryOptions(capacity=12, identity="unknown"), 400, 60
    counts = np.zeros(n)
    for trial in range(trials):
        memory = DeviceMemory()
        for start in range(0, n, part):
            now = heard(np.arange(start, min(start + part, n)))
            memory = memory.after_training(
                now,
                np.zeros(len(now)),
                options,
                lambda place, r=start, t=trial: generator(t, "reservoir", r, place),
            )
        kept = memory.places[ANYWHERE].positions
        assert len(kept) == len(set(kept.tolist())) == 12
        assert memory.drawn == n
        counts[kept] += 1
    assert counts.sum() == 12 * trials
    # Sampling without replacement: the counts vary less than those of independent draws, by (n - k) / (n - 1).
    assert chisquare(counts / ((n - 12) / (n - 1)), np.full(n, counts.mean()) / ((n - 12) / (n - 1))).pvalue > 1e-4


@settings(max_examples=20)
@given(st.lists(st.integers(1, 9), max_size=8))
def test_the_reservoir_holds_everything_until_it_is_full(sizes):
    options, memory, start = DeviceMemoryOptions(capacity=20, identity="unknown"), DeviceMemory(), 0
    for size in sizes:
        seen = heard(np.arange(start, start + size))
        memory = memory.after_training(seen, np.zeros(size), options, sampler)
        start += size
        assert len(memory) == min(20, start)
        assert memory.drawn == start
