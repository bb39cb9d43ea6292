"""What of a model is shared in each mode."""

import pytest
import torch

from fedser.device.sharing import Sharing
from fedser.errors import RunError
from fedser.model import ModelOptions, Regressor

MODEL = Regressor(5, 3, ModelOptions(width=4))
NAMES = [(name, p.numel()) for name, p in MODEL.named_parameters()]
SIZE = sum(count for _, count in NAMES)
BODY = sum(count for name, count in NAMES if not name.startswith(("activation.", "valence.")))
VECTOR, OTHER = torch.arange(SIZE, dtype=torch.float32), -torch.arange(SIZE, dtype=torch.float32)


def test_the_body_is_all_but_both_heads():
    sharing = Sharing.of("personal-head", MODEL)
    assert (sharing.body, sharing.size) == (BODY, SIZE)
    assert 0 < BODY < SIZE
    assert any(name.startswith("activation.") for name, _ in NAMES)
    assert any(name.startswith("valence.") for name, _ in NAMES)


def test_local_sends_the_model_once_and_nothing_back():
    sharing = Sharing.of("local", MODEL)
    assert torch.equal(sharing.down(VECTOR, introduced=False), VECTOR)
    assert sharing.down(VECTOR, introduced=True) is None
    assert sharing.up(VECTOR) is None
    assert torch.equal(sharing.start(None, OTHER), OTHER)
    assert torch.equal(sharing.start(VECTOR, OTHER), OTHER)  # sent again after a failure: its own is newer
    assert torch.equal(sharing.own(VECTOR), VECTOR)


def test_federated_sends_everything_and_keeps_nothing():
    sharing = Sharing.of("federated", MODEL)
    for introduced in (True, False):
        assert torch.equal(sharing.down(VECTOR, introduced), VECTOR)
    assert torch.equal(sharing.up(VECTOR), VECTOR)
    assert sharing.own(VECTOR) is None
    assert torch.equal(sharing.start(VECTOR, None), VECTOR)


def test_a_personal_head_never_leaves_and_is_joined_to_the_shared_body():
    sharing = Sharing.of("personal-head", MODEL)
    assert torch.equal(sharing.down(VECTOR, introduced=True), VECTOR[:BODY])
    assert torch.equal(sharing.up(OTHER), OTHER[:BODY])
    kept = sharing.own(OTHER)
    for received in (VECTOR[:BODY], VECTOR):
        assert torch.equal(sharing.start(received, kept), torch.cat([VECTOR[:BODY], OTHER[BODY:]]))
    assert torch.equal(sharing.merge(VECTOR, OTHER[:BODY]), torch.cat([OTHER[:BODY], VECTOR[BODY:]]))


NORM = torch.cat([torch.full((count,), name.endswith((".gain", ".shift"))) for name, count in NAMES])


def test_gains_and_shifts_never_leave_and_are_joined_to_shared_weights_and_biases():
    sharing = Sharing.of("personal-norm", MODEL)
    assert 0 < sharing.shared_size == (~NORM).sum() < SIZE
    assert torch.equal(sharing.down(VECTOR, introduced=False), VECTOR)
    assert torch.equal(sharing.down(VECTOR, introduced=True), VECTOR[~NORM])
    assert torch.equal(sharing.up(OTHER), OTHER[~NORM])
    kept = sharing.own(OTHER)
    assert torch.equal(kept, OTHER[NORM])
    joined = torch.where(NORM, OTHER, VECTOR)
    for received in (VECTOR[~NORM], VECTOR):
        assert torch.equal(sharing.start(received, kept), joined)
    assert torch.equal(sharing.merge(OTHER, VECTOR[~NORM]), joined)
    assert torch.equal(OTHER[sharing.part], OTHER[~NORM])


@pytest.mark.parametrize("mode", ["local", "federated", "personal-head", "personal-norm", "fedrep", "ditto"])
def test_what_is_shared_and_what_is_kept_are_the_whole_model(mode):
    sharing = Sharing.of(mode, MODEL)
    marks = torch.zeros(SIZE)
    marks[sharing.part] += 1
    marks[sharing.rest] += 1
    assert torch.equal(marks, torch.ones(SIZE))
    assert sharing.shared_size == len(VECTOR[sharing.part])


@pytest.mark.parametrize(
    ("mode", "received"),
    [("personal-norm", VECTOR[~NORM]), ("local", None), ("personal-head", VECTOR[:BODY]), ("federated", None)],
)
def test_a_device_without_its_store_says_so(mode, received):
    with pytest.raises(RunError, match="no model yet"):
        Sharing.of(mode, MODEL).start(received, None)
