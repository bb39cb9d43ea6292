"""A device's answers in a secure sum, when every phase meets another process and only the disk lasts."""

import numpy as np
import pytest
from flwr.app import ConfigRecord

from clients.payload import Task
from clients.secure.device import SecureStore, answer, question
from clients.secure.messages import (
    MASK,
    SETUP,
    SHARE,
    UNMASK,
    EncryptedShares,
    MaskedVector,
    PublicKeys,
    RevealedShares,
    unpack,
)
from fedser.errors import UserError
from simulations.moving.secure_sum import secure_sum

TASK = Task(0, "federated:exper-random", 3)
UP = {SETUP: PublicKeys, SHARE: EncryptedShares, MASK: MaskedVector, UNMASK: RevealedShares}


def vectors(devices=4, length=50):
    stream = np.random.default_rng(0)
    return {device: stream.integers(-(2**20), 2**20, length) for device in range(devices)}


def sender(folder, round=3, seen=None):
    def send(phase, messages):
        replies = {}
        for device, message in messages.items():
            content = answer(question(phase, message, TASK), device, round, folder / str(device))
            if seen is not None:
                seen[phase, device] = content
            replies[device] = unpack(UP[phase], content)
        return replies

    return send


def kept(folder, round=3):
    found = vectors()
    for device, steps in found.items():
        SecureStore(folder / str(device)).keep_vector(round, steps)
    return found


def test_the_sum_of_what_was_kept(tmp_path):
    found = kept(tmp_path)
    total = secure_sum(list(found), 3, 50, sender(tmp_path)).total
    assert np.array_equal(total.view(np.int32), sum(found.values()))


def test_a_vector_is_sent_once(tmp_path):
    """Twice under different masks, with other devices missing, would show the difference of two sums."""
    kept(tmp_path)
    secure_sum(range(4), 3, 50, sender(tmp_path))
    with pytest.raises(UserError, match="no update of round 3"):
        secure_sum(range(4), 3, 50, sender(tmp_path))


def test_the_update_of_another_round_is_not_added(tmp_path):
    kept(tmp_path, round=2)
    with pytest.raises(UserError, match="no update of round 3"):
        secure_sum(range(4), 3, 50, sender(tmp_path))


def test_the_server_is_not_sent_the_vector_bare(tmp_path):
    found, seen = kept(tmp_path), {}
    secure_sum(list(found), 3, 50, sender(tmp_path, seen=seen))
    for device, steps in found.items():
        masked = unpack(MaskedVector, seen[MASK, device]).values
        assert not np.any(masked == steps.astype(np.uint32))


def test_an_unknown_phase_is_refused(tmp_path):
    content = question(SETUP, PublicKeys("a", "b", "c"), TASK)
    content["phase"] = ConfigRecord({"phase": "state"})
    with pytest.raises(UserError, match='no phase of a secure sum is called "state"'):
        answer(content, 0, 3, tmp_path)
