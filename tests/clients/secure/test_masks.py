import json
import os
from dataclasses import replace

import numpy as np
import pytest
from flwr.app import RecordDict
from flwr.common.secure_aggregation.secaggplus_utils import pseudo_rand_gen
from scipy import stats

from clients.secure.keys import ORDER, agreed_key, own_mask, pair_mask, private_key, public_text
from clients.secure.masks import SecureMasks
from clients.secure.messages import Delivery, Invitation, KeyBook, MaskedVector, Survivors, pack, unpack
from fedser.errors import SecureAggregationError
from simulations.moving.secure_sum import _deliveries

LENGTH, CHANCE = 100_000, 1e-9
"""Keys are the operating system's, so tests of randomness fail by chance once in a billion runs."""


def at_mask(vectors, threshold=2):
    """Return the devices of a sum, and their deliveries, before they mask."""
    devices = {device: SecureMasks(device) for device in vectors}
    keys = {device: masks.setup(Invitation("sum", threshold)) for device, masks in devices.items()}
    book = KeyBook(list(keys), [k.mask_key for k in keys.values()], [k.share_key for k in keys.values()])
    shares = {device: masks.share(book) for device, masks in devices.items()}
    return devices, _deliveries(shares, list(devices))


def masked(vectors, device=1):
    devices, deliveries = at_mask(vectors)
    return devices[device].mask(deliveries[device], vectors[device]).values


def vectors(value=0, devices=3):
    return {device: np.full(LENGTH, value, dtype=np.uint32) for device in range(devices)}


def uniform(words, bits=8, shift=24):
    """Chi-square p-value that the top (or lower) bits of words are uniform."""
    counts = np.bincount((words >> np.uint32(shift)) & np.uint32(2**bits - 1), minlength=2**bits)
    return stats.chisquare(counts).pvalue


@pytest.mark.parametrize("shift", [24, 12, 0])
def test_a_masked_message_is_uniform_whatever_the_update(shift):
    for value in (0, 1, 2**32 - 1):
        assert uniform(masked(vectors(value)), shift=shift) > CHANCE
    assert uniform(vectors()[0], shift=shift) < 1e-100, "the test could not fail"


def test_a_masked_message_is_independent_of_the_update():
    """Contingency of the top bits of update and message; and it does not correlate with the update."""
    update = np.random.default_rng(0).integers(0, 2**32, LENGTH, dtype=np.uint32)
    sent = masked({**vectors(), 1: update})
    table = np.histogram2d(update >> 28, sent >> 28, bins=16)[0]
    assert stats.chi2_contingency(table).pvalue > CHANCE
    bare = np.histogram2d(update >> 28, (update + np.uint32(5)) >> 28, bins=16)[0]
    assert stats.chi2_contingency(bare).pvalue < 1e-100, "the test could not fail"
    consecutive = np.histogram2d(sent[:-1] >> 28, sent[1:] >> 28, bins=16)[0]
    assert stats.chi2_contingency(consecutive).pvalue > CHANCE


def test_two_messages_of_one_update_differ():
    assert np.mean(masked(vectors()) == masked(vectors())) < 0.001


def test_masks_are_the_same_for_both_and_for_no_other_sum():
    one, other = (private_key(os.urandom(15), "mask") for _ in range(2))
    agreed = agreed_key(one, public_text(other))
    assert agreed == agreed_key(other, public_text(one))
    mask = pair_mask(agreed, "sum", LENGTH)
    assert uniform(mask) > CHANCE
    assert np.mean(mask == pair_mask(agreed, "another", LENGTH)) < 0.001
    assert np.array_equal(own_mask(bytes(15), "sum", 10), own_mask(bytes(15), "sum", 20)[:10])


def test_a_secret_stands_for_one_key_a_purpose():
    secret = bytes(range(15))
    assert public_text(private_key(secret, "mask")) == public_text(private_key(secret, "mask"))
    assert public_text(private_key(secret, "mask")) != public_text(private_key(secret, "share"))
    assert ORDER.bit_length() == 384


def test_why_flowers_own_expansion_is_not_used():
    """Two seeds that agree in the exclusive or of their words give one mask: 32 bits of secret, not 256."""
    seed = os.urandom(32)
    swapped = seed[4:8] + seed[:4] + seed[8:]
    one, other = (pseudo_rand_gen(s, 2**32, [(100,)])[0] for s in (seed, swapped))
    assert np.array_equal(one, other)
    assert not np.array_equal(own_mask(seed, "sum", 100), own_mask(swapped, "sum", 100))


def test_the_state_is_plain_and_holds_no_secret_after_the_sum():
    devices, deliveries = at_mask(vectors())
    for device, masks in devices.items():
        masks.mask(deliveries[device], vectors()[device])
    masks = devices[0]
    secrets = [masks.state[name] for name in ("own", "mask", "share")]
    assert len(set(secrets)) == 3
    again = SecureMasks(0, json.loads(json.dumps(masks.state)))
    assert again.state == masks.state
    again.unmask(Survivors([0, 1], [2]))
    left = json.dumps(again.state)
    assert not any(secret in left for secret in secrets)
    assert "held" not in again.state


def test_a_device_answers_unmask_once_and_never_gives_both_shares_of_one():
    devices, deliveries = at_mask(vectors())
    masks = devices[0]
    masks.mask(deliveries[0], vectors()[0])
    for question in (
        Survivors([0, 1], [1]),
        Survivors([0, 1, 1], []),
        Survivors([0, 1, 9], []),
        Survivors([1, 2], [0]),
    ):
        with pytest.raises(SecureAggregationError):
            masks.unmask(question)
    with pytest.raises(SecureAggregationError, match="expected 2"):
        masks.unmask(Survivors([0], [1, 2]))
    masks.unmask(Survivors([0, 1], [2]))
    with pytest.raises(SecureAggregationError, match="out of order"):
        masks.unmask(Survivors([0, 1, 2], []))


def test_a_vector_is_masked_once():
    devices, deliveries = at_mask(vectors())
    devices[0].mask(deliveries[0], vectors()[0])
    with pytest.raises(SecureAggregationError, match='expects "unmask"'):
        devices[0].mask(deliveries[0], vectors()[0])


def test_phases_out_of_order_are_refused():
    for phase, message in (("share", KeyBook([], [], [])), ("unmask", Survivors([], []))):
        with pytest.raises(SecureAggregationError, match='expects "setup"'):
            getattr(SecureMasks(0), phase)(message)


def test_shares_that_were_altered_or_misdelivered_are_refused():
    for spoil in (
        lambda d: replace(d, ciphertexts=["00" * 100, *d.ciphertexts[1:]]),
        lambda d: replace(d, senders=d.senders[::-1]),
        lambda d: replace(d, senders=[9, *d.senders[1:]]),
        lambda d: replace(d, senders=[d.senders[0]] * 2, ciphertexts=[d.ciphertexts[0]] * 2),
    ):
        devices, deliveries = at_mask(vectors())
        with pytest.raises(SecureAggregationError):
            devices[0].mask(spoil(deliveries[0]), vectors()[0])


def test_too_few_neighbours_are_refused():
    devices, deliveries = at_mask(vectors(devices=4), threshold=3)
    few = Delivery(*(part[:1] for part in vars(deliveries[0]).values()))
    with pytest.raises(SecureAggregationError, match="needs 3"):
        devices[0].mask(few, vectors()[0])


@pytest.mark.parametrize(
    ("threshold", "spoil", "reason"),
    [
        (2, lambda d, m, s: (d, m, [s[1], *s[1:]]), "twice"),
        (2, lambda d, m, s: (d, s, m), "own keys"),
        (2, lambda d, m, s: ([0, 1, 1], m, s), "twice"),
        (1, lambda d, m, s: (d, m, s), "above half"),
        (4, lambda d, m, s: (d, m, s), "above half"),
    ],
)
def test_a_book_that_cannot_be_right_is_refused(threshold, spoil, reason):
    devices = {device: SecureMasks(device) for device in range(3)}
    keys = {device: masks.setup(Invitation("sum", threshold)) for device, masks in devices.items()}
    book = spoil(list(keys), [k.mask_key for k in keys.values()], [k.share_key for k in keys.values()])
    with pytest.raises(SecureAggregationError, match=reason):
        devices[0].share(KeyBook(*book))


def test_messages_survive_flowers_records():
    for message in (
        Invitation("a", 3),
        Survivors([1, 2], []),
        Delivery([], [], [], []),
        KeyBook([1], ["ab"], ["cd"]),
    ):
        assert unpack(type(message), pack(message)) == message
    values = np.array([0, 2**32 - 1], dtype=np.uint32)
    back = unpack(MaskedVector, pack(MaskedVector(values))).values
    assert back.dtype == np.uint32
    assert np.array_equal(back, values)
    with pytest.raises(SecureAggregationError, match="no Survivors"):
        unpack(Survivors, RecordDict({}))
    with pytest.raises(SecureAggregationError, match="no Survivors"):
        unpack(Survivors, pack(Invitation("a", 3)))
