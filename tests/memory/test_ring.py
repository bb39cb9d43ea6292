import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.memory import RingBuffer

batches = st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=20)


def last_distinct(stream, n):
    """The reference: walk backwards until n distinct positions are found."""
    kept = []
    for position in reversed(stream):
        if position not in kept:
            kept.append(position)
        if len(kept) == n:
            break
    return kept[::-1]


@given(batches=batches, capacity=st.integers(1, 30))
def test_keeps_the_last_n_distinct_positions_oldest_first(batches, capacity):
    ring = RingBuffer(capacity)
    for batch in batches:
        ring.see(batch)
    stream = [position for batch in batches for position in batch]
    assert ring.positions().tolist() == last_distinct(stream, capacity)
    assert len(ring) == min(capacity, len(set(stream)))


@given(batches=batches, capacity=st.integers(1, 30), cut=st.integers(0, 20))
def test_restored_ring_goes_on_as_if_never_stopped(batches, capacity, cut):
    whole, first = RingBuffer(capacity), RingBuffer(capacity)
    for batch in batches:
        whole.see(batch)
    for batch in batches[:cut]:
        first.see(batch)
    second = RingBuffer(capacity, first.positions())
    for batch in batches[cut:]:
        second.see(batch)
    assert np.array_equal(second.positions(), whole.positions())


def test_a_batch_larger_than_the_ring_wraps_without_loss():
    ring = RingBuffer(3)
    ring.see(range(10))
    assert ring.positions().tolist() == [7, 8, 9]


@pytest.mark.parametrize("capacity", [0, -1])
def test_needs_room_for_one(capacity):
    with pytest.raises(ValueError, match="at least 1"):
        RingBuffer(capacity)
