"""Utterances as heard: joined, chosen, and looked up where they lie."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedser.device import Items

pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=30)


def items(rows):
    conditions, positions = (np.array([row[k] for row in rows], np.int64) for k in (0, 1))
    return Items(conditions, positions, np.arange(2.0 * len(rows)).reshape(-1, 2))


@given(pairs)
def test_last_distinct_keeps_each_utterance_where_it_comes_last(rows):
    expected = {row: k for k, row in enumerate(rows)}  # a later one overwrites
    kept = items(rows).last_distinct()
    assert sorted(expected.values()) == (kept.noise[:, 0] / 2).astype(int).tolist()


@given(pairs, pairs)
def test_joining_keeps_the_order(first, second):
    joined = Items.join([items(first), Items.none(), items(second)])
    assert list(zip(joined.conditions.tolist(), joined.positions.tolist(), strict=True)) == first + second
    assert len(Items.join([])) == 0


def test_examples_are_those_of_their_conditions(world):
    w, rows = world(), [(2, 7), (0, 3), (2, 0), (1, 29)]
    chosen = Items(*(np.array([row[k] for row in rows]) for k in (0, 1)), np.zeros((4, 2)))
    found = chosen.examples(w.training)
    for k, (condition, position) in enumerate(rows):
        there = w.conditions[condition].examples["train"]
        assert torch.equal(found.acoustic[k], there.acoustic[position])
        assert torch.equal(found.lexical[k], there.lexical[position])
        assert torch.equal(found.labels[k], there.labels[position])


@pytest.mark.parametrize("size", [0.1, 0.5, 5.0])
def test_reported_labels_are_noisy_and_stay_on_the_scale(world, size):
    w, n = world(), 30
    noise = np.random.default_rng(0).normal(size=(n, 2)) * size
    chosen = Items.heard(0, np.arange(n), noise)
    true = w.conditions[0].examples["train"].labels.double().numpy()
    found = chosen.examples(w.training).labels.double().numpy()
    assert np.abs(found - np.clip(true + noise, -1, 1)).max() < 1e-6
    assert np.abs(found).max() <= 1
    assert (np.abs(found) == 1).any() == (np.abs(true + noise) > 1).any()
