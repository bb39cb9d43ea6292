from dataclasses import replace

import numpy as np
import pytest

from clients.secure.masks import SecureMasks
from clients.secure.messages import MASK, SETUP, SHARE, UNMASK, Invitation, MaskedVector, RevealedShares
from fedser.errors import SecureAggregationError, UserError
from fedser.privacy import (
    Contribution,
    DeviceStreams,
    FederationFacts,
    PrivacyOptions,
    Protection,
    steps_of,
)
from fedser.privacy.fixed_point import wrap
from simulations.moving.secure_sum import secure_sum
from tests.clients.secure.secure_devices import Devices

LENGTH, THRESHOLD = 300, 4
IDS = (11, 3, 8, 0, 5, 20)


def vectors():
    rng = np.random.default_rng(0)
    return {device: rng.integers(0, 2**32, LENGTH, dtype=np.uint32) for device in IDS}


def plain_sum(devices):
    return sum((vectors()[device] for device in devices), np.zeros(LENGTH, np.uint32))


@pytest.mark.parametrize(
    "absent",
    [
        {},
        {SETUP: [3]},
        {SHARE: [3]},
        {MASK: [3]},
        {UNMASK: [3]},
        {MASK: [0, 20]},
        {SETUP: [0], MASK: [20]},
        {SHARE: [11], UNMASK: [5]},
        {MASK: [8], UNMASK: [5]},
    ],
)
def test_the_sum_is_the_plain_sum_of_those_whose_vectors_arrived(absent):
    send = Devices(vectors(), absent)
    found = secure_sum(IDS, THRESHOLD, LENGTH, send)
    lost = {device for phase in (SETUP, SHARE, MASK) for device in absent.get(phase, ())}
    assert found.survivors == tuple(sorted(set(IDS) - lost))
    assert np.array_equal(found.total, plain_sum(found.survivors))
    assert np.array_equal(secure_sum(IDS, THRESHOLD, LENGTH, Devices(vectors(), absent)).total, found.total)


@pytest.mark.parametrize("phase", [SETUP, SHARE, MASK, UNMASK])
def test_above_the_threshold_the_round_fails_and_reveals_nothing(phase):
    send = Devices(vectors(), {phase: [0, 3, 5]})
    with pytest.raises(SecureAggregationError, match=rf'3 devices answered phase "{phase}" .* needs 4') as error:
        secure_sum(IDS, THRESHOLD, LENGTH, send)
    assert isinstance(error.value, UserError)
    assert "\n" not in str(error.value)
    assert send.phases[-1] == phase, "no later phase was begun"


def test_a_device_that_was_not_asked_is_not_heard():
    send = Devices(vectors(), {MASK: [0]})

    def with_stranger(phase, messages):
        replies = send(phase, messages)
        return {**replies, 99: next(iter(replies.values()))}

    assert 99 not in secure_sum(IDS, THRESHOLD, LENGTH, with_stranger).survivors


def test_a_vector_of_another_length_counts_as_none():
    def alter(phase, device, reply):
        return MaskedVector(reply.values[:-1]) if (phase, device) == (MASK, 8) else reply

    found = secure_sum(IDS, THRESHOLD, LENGTH, Devices(vectors(), alter=alter))
    assert found.survivors == tuple(sorted(set(IDS) - {8}))
    assert np.array_equal(found.total, plain_sum(found.survivors))


def changed(text):
    """The same text with another last byte."""
    return text[:-2] + ("00" if text[-2:] != "00" else "01")


def summed(alter, absent=None):
    """The sum, and who was found to lie."""
    liars = {}
    return secure_sum(IDS, THRESHOLD, LENGTH, Devices(vectors(), absent, alter), liars), liars


@pytest.mark.parametrize("absent", [{}, {MASK: [8]}])
@pytest.mark.parametrize("spoil", [changed, lambda share: "zz", lambda share: share[:-2]])
def test_a_lying_share_is_found_and_named_and_the_sum_is_right(absent, spoil):
    def alter(phase, device, reply):
        if (phase, device) != (UNMASK, 0):
            return reply
        return RevealedShares(*([spoil(share) for share in shares] for shares in (reply.arrived, reply.missing)))

    found, liars = summed(alter, absent)
    assert np.array_equal(found.total, plain_sum(found.survivors))
    assert liars == {0: "revealed another share than it was dealt"}


def test_one_lie_among_true_shares_is_enough():
    def alter(phase, device, reply):
        lies = [changed(reply.arrived[0]), *reply.arrived[1:]] if phase == UNMASK else []
        return RevealedShares(lies, reply.missing) if (phase, device) == (UNMASK, 20) else reply

    found, liars = summed(alter)
    assert np.array_equal(found.total, plain_sum(IDS))
    assert list(liars) == [20]


def test_too_many_lies_fail_the_round_and_all_liars_are_named():
    def alter(phase, device, reply):
        lying = phase == UNMASK and device in (0, 3, 5)
        return RevealedShares(list(map(changed, reply.arrived)), reply.missing) if lying else reply

    said = r"3 true shares .* 4 are needed; device 0 .*; device 3 .*; device 5"
    with pytest.raises(SecureAggregationError, match=said):
        summed(alter)


def test_a_dealer_of_false_shares_is_accused_by_their_holders():
    """It committed to other shares than it dealt: too few are left for its secret, and every holder says why."""

    def alter(phase, device, reply):
        if (phase, device) != (SHARE, 3):
            return reply
        return replace(reply, own_commitments=list(map(changed, reply.own_commitments)))

    with pytest.raises(SecureAggregationError, match="says that device 3 dealt it a false share"):
        summed(alter)


def test_a_dealer_of_shares_of_another_secret_is_named():
    """Its shares are those it committed to, but they make another secret than it was bound to at set-up."""
    other = SecureMasks(3).setup(Invitation("other", THRESHOLD))

    def alter(phase, device, reply):
        lying = (phase, device) == (SETUP, 3)
        return replace(reply, own_commitment=other.own_commitment) if lying else reply

    with pytest.raises(SecureAggregationError, match="device 3 dealt shares that do not make the secret"):
        summed(alter)


def test_honest_devices_are_never_named():
    for absent in ({}, {MASK: [0, 20]}, {SHARE: [11], UNMASK: [5]}):
        assert summed(None, absent)[1] == {}


def test_the_server_sees_no_vector_bare():
    send = Devices(dict.fromkeys(IDS, np.zeros(LENGTH, np.uint32)))
    secure_sum(IDS, THRESHOLD, LENGTH, send)
    assert all(np.mean(send.seen[MASK, device].values == 0) < 0.02 for device in IDS)


@pytest.mark.parametrize("absent", [{}, {MASK: [3, 20]}])
def test_a_protected_round_from_updates_to_their_average(absent):
    """Clip, grid, mask, sum, unmask, divide: the plain mean of clipped updates, but for the grid."""
    size = 500
    updates = {d: np.random.default_rng(d).standard_normal(size).astype(np.float32) for d in IDS}
    guard = Protection(
        PrivacyOptions(clip=2.0, secure_aggregation=True),
        FederationFacts(size, 30, len(IDS), rounds=3),
        seed=0,
        arm="arm",
    )
    terms = guard.terms(1, IDS)
    origin, streams = np.zeros(size, np.float32), {d: DeviceStreams(0, "arm", 1, d) for d in IDS}
    residues = {
        d: wrap(steps_of(terms).send(Contribution(u, origin), streams[d]).values) for d, u in updates.items()
    }
    threshold = guard.options.survivors(len(IDS))
    found = secure_sum(IDS, threshold, terms.length(size), Devices(residues, absent))
    clipped = [updates[d] * min(1.0, 2.0 / np.linalg.norm(updates[d].astype(float))) for d in found.survivors]
    average = guard.average_of_sum(terms, found.total, len(found.survivors), origin)
    np.testing.assert_allclose(average.values, np.mean(clipped, axis=0), atol=terms.grid_step + 1e-7)
    assert len(found.survivors) == len(IDS) - len(absent.get(MASK, ()))
