"""A server that does not follow the protocol: what it learns by two tales, and what signatures keep from it."""

from dataclasses import replace

import numpy as np
import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from clients.node_key import KEYS, enrol, make_node_key
from clients.secure.authority import Authority, SumRules
from clients.secure.keys import own_mask
from clients.secure.masks import SecureMasks
from clients.secure.messages import AGREE, MASK, SETUP, SHARE, UNMASK, Invitation, KeyBook, Survivors
from fedser.errors import SecureAggregationError
from simulations.moving.secret_shares import MASK_KEY, OWN, SecretShares
from simulations.moving.secure_sum import _deliveries, _left_by, secure_sum
from tests.clients.secure.secure_devices import Devices

LENGTH, THRESHOLD, IDS = 50, 4, range(6)
SIGNED = ("mask_key", "share_key", "own_commitment", "signature")
FEW = (0, 1, 2)
"""The sum of so few is what a server with two tales is after: the threshold is one more."""
TALES = {0: [3, 4], 1: [4, 5], 2: [3, 5], 3: [4, 5], 4: [3, 5], 5: [3, 4]}
"""Who is missing, as each device is told: every key of 3, 4 and 5 is revealed by four devices."""


def vectors():
    stream = np.random.default_rng(0)
    return {device: stream.integers(0, 2**32, LENGTH, dtype=np.uint32) for device in IDS}


def plain(devices):
    return sum((vectors()[device] for device in devices), np.zeros(LENGTH, np.uint32))


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """Rules of devices with keys, enrolled with all."""
    folder, found = tmp_path_factory.mktemp("keys"), {}
    for device in IDS:
        pair = make_node_key(folder, f"node-{device}")
        enrol(folder / KEYS, device, pair.public.read_bytes())
        private = load_ssh_private_key(pair.private.read_bytes(), None)
        found[device] = SumRules(2, Authority(private, folder / KEYS, (0, "arm", 3)))
    return found


@pytest.mark.parametrize("absent", [{}, {MASK: [3]}, {AGREE: [3]}, {UNMASK: [0]}, {SHARE: [1], AGREE: [5]}])
def test_the_sum_is_the_plain_sum_of_those_whose_vectors_arrived(rules, absent):
    found = secure_sum(IDS, THRESHOLD, LENGTH, Devices(vectors(), absent, rules=rules), active=True)
    lost = {device for phase in (SHARE, MASK) for device in absent.get(phase, ())}
    assert found.survivors == tuple(sorted(set(IDS) - lost))
    assert np.array_equal(found.total, plain(found.survivors))


def two_tales(rules, signed=False):
    """What a server learns that tells every device of other missing ones: the sum of three devices of six."""
    devices = {device: SecureMasks(device, rules=rules.get(device)) for device in IDS}
    keys = {d: masks.setup(Invitation("sum", THRESHOLD)) for d, masks in devices.items()}
    columns = [[getattr(keys[d], name) for d in IDS] for name in SIGNED]
    shares = {d: masks.share(KeyBook(list(IDS), *columns)) for d, masks in devices.items()}
    sent = {d: masks.mask(_deliveries(shares, list(IDS))[d], vectors()[d]).values for d, masks in devices.items()}
    told = {d: Survivors([o for o in IDS if o not in TALES[d]], TALES[d]) for d in IDS}
    if signed:
        agreed = {d: masks.agree(told[d]).signature for d, masks in devices.items()}
        told = {d: replace(tale, signers=list(IDS), signatures=list(agreed.values())) for d, tale in told.items()}
    revealed = {d: masks.unmask(told[d]) for d, masks in devices.items()}
    opened, total = SecretShares("sum", THRESHOLD, list(IDS), keys, shares), plain(())
    for device in FEW:
        own = {d: revealed[d].arrived[told[d].arrived.index(device)] for d in IDS}
        total += sent[device] - own_mask(opened.secret(OWN, device, own), "sum", LENGTH)
    for device in set(IDS) - set(FEW):
        holders = [d for d in IDS if device in told[d].missing]
        found = {d: revealed[d].missing[told[d].missing.index(device)] for d in holders}
        key = opened.secret(MASK_KEY, device, found)
        total -= _left_by(device, key, {d: keys[d].mask_key for d in FEW}, "sum", LENGTH)
    return total


def test_a_server_that_lies_learns_the_sum_of_fewer_than_the_threshold():
    """The attack that the consistency round is for; nothing in the default keeps it off."""
    assert np.array_equal(two_tales({}), plain(FEW))


def test_devices_that_sign_the_survivors_reveal_nothing_to_two_tales(rules):
    said = r"2 devices have signed .* expected 4: the server may have told others otherwise"
    with pytest.raises(SecureAggregationError, match=said):
        two_tales(rules, signed=True)
    with pytest.raises(SecureAggregationError, match='phase "unmask" out of order: this device expects "agree"'):
        two_tales(rules)


def begun(rules, spoil=lambda device, keys: keys, of=None):
    """The first device, and a book in which the keys of the others may be spoilt."""
    devices = {d: SecureMasks(d, rules=rules[d] if of is None or d == 0 else of[d]) for d in IDS}
    keys = {d: spoil(d, masks.setup(Invitation("sum", THRESHOLD))) for d, masks in devices.items()}
    columns = [[getattr(keys[d], name) for d in IDS] for name in SIGNED]
    return devices[0], KeyBook(list(IDS), *columns)


@pytest.mark.parametrize("name", SIGNED)
def test_keys_that_their_device_has_not_signed_are_refused(rules, name):
    """As a server would that stands between two devices, or invents one."""
    invented = SecureMasks(3).setup(Invitation("sum", THRESHOLD))
    first, book = begun(
        rules, lambda d, keys: replace(keys, **{name: getattr(invented, name)}) if d == 3 else keys
    )
    with pytest.raises(SecureAggregationError, match="the keys of device 3 are not signed by it"):
        first.share(book)


def test_keys_of_another_round_are_refused(rules):
    older = {d: replace(r, authority=replace(r.authority, of=(0, "arm", 2))) for d, r in rules.items()}
    first, book = begun(rules, of=older)
    with pytest.raises(SecureAggregationError, match="the keys of device 1 are not signed by it"):
        first.share(book)
    first, book = begun(rules)
    first.share(book)  # the control


def test_a_device_itself_refuses_a_sum_of_too_few():
    with pytest.raises(SecureAggregationError, match=r"a sum of 6 devices, .* none of fewer than 7"):
        secure_sum(IDS, THRESHOLD, LENGTH, Devices(vectors(), rules=dict.fromkeys(IDS, SumRules(7))))
    with pytest.raises(SecureAggregationError, match="asked to unmask 5 devices' sum; expected 6"):
        secure_sum(IDS, THRESHOLD, LENGTH, Devices(vectors(), {MASK: [2]}, rules=dict.fromkeys(IDS, SumRules(6))))
    whole = secure_sum(IDS, THRESHOLD, LENGTH, Devices(vectors(), rules=dict.fromkeys(IDS, SumRules(6))))
    assert np.array_equal(whole.total, plain(IDS))


def test_a_device_signs_one_tale(rules):
    phases = []

    def alter(phase, device, reply):
        phases.append(phase)
        return reply

    send = Devices(vectors(), alter=alter, rules=rules)
    secure_sum(IDS, THRESHOLD, LENGTH, send, active=True)
    assert list(dict.fromkeys(phases)) == [SETUP, SHARE, MASK, AGREE, UNMASK]
    with pytest.raises(SecureAggregationError, match="out of order"):
        send.answer(AGREE, 0, Survivors(list(IDS), []))
