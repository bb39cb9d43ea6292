"""Environments that arrive in updates: which utterances, in what order, and what the ring then holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fedser.seeding import generator
from fedser.strategies.exper import ExpeR
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.matched import Matched
from fedser.training import UpdateOptions
from fedser.training.updates import next_update, seen_in_all
from tests.training.test_stage import data, train


@given(st.integers(2, 60), st.integers(2, 20))
def test_updates_are_a_partition_but_for_a_last_one_alone(count, size):
    parts = UpdateOptions(size=size).divide(count, generator(0, "updates"))
    assert all(2 <= len(part) <= size for part in parts)
    assert {len(part) for part in parts[:-1]} <= {size}
    alone = count % size == 1 and count > size
    assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts)) == count - alone


def test_without_a_size_all_come_at_once_and_in_order():
    (part,) = UpdateOptions().divide(9, generator(0, "updates"))
    assert part.tolist() == list(range(9))


def test_some_arrive_and_each_seed_has_its_own():
    options = UpdateOptions(size=2, utterances=5)
    first, second = (options.arriving(30, generator(seed, "arriving")).tolist() for seed in (0, 1))
    assert len(set(first)) == 5
    assert first == sorted(first)
    assert first != second
    assert UpdateOptions().arriving(4, generator(0, "arriving")).tolist() == [0, 1, 2, 3]


def test_an_update_larger_than_what_arrives_is_refused():
    with pytest.raises(ValidationError, match="an update of 8 utterances is more than the 4 that arrive"):
        UpdateOptions(size=8, utterances=4)


def test_the_next_update_goes_on_from_the_best_weights_and_the_ring_spans_updates():
    state, parameters = train(Finetuning(), data(own=6))
    positions = np.array([20, 3, 7, 9, 11, 5])
    after = next_update(state, parameters, {}, positions, capacity=8)
    assert (after.update, after.epoch, after.finished, after.stopping.waited) == (1, 0, False, 0)
    assert (after.steps, after.train_losses) == (state.steps, state.train_losses)
    assert (after.parameters == parameters).all()
    assert (after.stopping.best == parameters).all()
    assert after.heard.tolist() == positions[state.seen_last].tolist()
    after.seen_last = np.array([2, 0, 1])
    whole = seen_in_all(after, np.array([30, 31, 32]), capacity=8)
    assert whole.tolist() == [*after.heard.tolist()[1:], 32, 30, 31]


def test_matched_takes_the_steps_of_exper_and_learns_from_no_memory():
    """As many steps an epoch; and where the memories hold is all the same to it."""
    one, other = data(own=6, memories=(9, 8)), data(own=6, memories=(9, 8))
    for memory in other.memories:
        memory.labels.neg_()
    exper, _ = train(ExpeR(), one)
    matched, weights = train(Matched(), one)
    _, same = train(Matched(), other)
    assert matched.steps / matched.epoch == exper.steps / exper.epoch == 6  # of 6 + 17 in fours
    assert (weights == same).all()
    assert set(matched.seen_last.tolist()) == set(range(6))
    _, finetuned = train(Matched(), data(own=6))
    _, expected = train(Finetuning(), data(own=6))
    assert (finetuned == expected).all()
