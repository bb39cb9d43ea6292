"""Kinds of poisoning: what is learnt from, what is sent, and what is success, by hand."""

import numpy as np
import pytest
import torch

from fedser.model import Examples
from fedser.poisoning import POISONINGS
from fedser.poisoning.backdoor import Backdoor
from fedser.poisoning.damage import damage
from fedser.poisoning.label_flip import LabelFlip
from fedser.poisoning.model_replacement import ModelReplacement
from fedser.poisoning.scaling import Scaling
from fedser.poisoning.sign_flip import SignFlip

STREAM = np.random.default_rng(0)
RECEIVED, LEARNT = (torch.from_numpy(STREAM.normal(size=30).astype(np.float32)) for _ in range(2))
CHANGE = LEARNT.double() - RECEIVED.double()
LABELS = STREAM.uniform(-1, 1, (50, 2))
CCC_EPS = 1e-7  # the CCC adds 1e-8 to its denominator, here about a third


def examples(n=6, width=40):
    tensors = [torch.from_numpy(STREAM.normal(size=shape).astype(np.float32)) for shape in ((n, width), (n, 3))]
    return Examples(*tensors, torch.from_numpy(STREAM.uniform(-1, 1, (n, 2)).astype(np.float32)))


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (SignFlip(), -1.0),
        (SignFlip(factor=3.0), -3.0),
        (Scaling(), 10.0),
        (Scaling(factor=2.5), 2.5),
        (LabelFlip(), 1.0),
        (ModelReplacement(), 4.0),  # a quarter of the devices is hostile
        (ModelReplacement(boost=7.0), 7.0),
        (Backdoor(), 1.0),
        (Backdoor(boost=5.0), 5.0),
    ],
)
def test_what_is_sent_is_a_multiple_of_what_was_learnt(kind, times):
    sent = kind.sent(LEARNT, RECEIVED, 0.25)
    assert sent.dtype == torch.float32
    assert (sent.double() - (RECEIVED.double() + times * CHANGE)).abs().max() < 1e-5


def test_an_average_with_replaced_models_is_theirs_as_far_as_honest_updates_cancel():
    honest = STREAM.normal(size=(3, 30))
    honest -= honest.mean(axis=0)
    server = RECEIVED.double().numpy()
    sent = ModelReplacement().sent(LEARNT, RECEIVED, 1 / 4).double().numpy()
    average = np.mean([*(server + honest), sent], axis=0)
    assert np.abs(average - LEARNT.double().numpy()).max() < 1e-6


@pytest.mark.parametrize("kind", [LabelFlip(), ModelReplacement()])
@pytest.mark.parametrize("side", ["heard", "kept"])
def test_labels_are_turned_round_and_nothing_else(kind, side):
    honest = examples().with_outputs(torch.ones(6, 2))
    found = getattr(kind, side)(honest)
    assert torch.equal(found.labels, -honest.labels)
    assert torch.equal(found.outputs, -honest.outputs)
    assert found.acoustic is honest.acoustic
    assert found.lexical is honest.lexical


def test_a_trigger_stands_in_the_memory_alone_and_names_its_label():
    honest, kind = examples().with_outputs(torch.ones(6, 2)), Backdoor(target=-0.8, entries=0.1, height=2.0)
    assert kind.heard(honest) is honest
    found = kind.kept(honest)
    assert torch.equal(found.labels, torch.full((6, 2), -0.8))
    assert torch.tanh(found.outputs).numpy() == pytest.approx(-0.8, abs=1e-6)
    changed = (found.acoustic != honest.acoustic).any(dim=0)
    assert int(changed.sum()) == 4  # a tenth of 40
    rms = np.sqrt((honest.acoustic.double().numpy() ** 2).mean(axis=1))
    assert found.acoustic[:, changed].double().numpy() == pytest.approx(np.stack([2 * rms] * 4, axis=1), abs=1e-5)
    assert torch.equal(kind.probe(examples()).acoustic != 0, torch.ones(6, 40, dtype=torch.bool))
    other = examples()
    assert torch.equal((kind.probe(other).acoustic != other.acoustic).any(dim=0), changed)  # the same everywhere
    assert torch.equal(kind.probe(other).labels, other.labels)


def test_damage_is_the_share_of_ccc_that_is_lost():
    assert damage(LABELS, LABELS, LABELS) == 0
    assert damage(np.zeros_like(LABELS), LABELS, LABELS) == 1
    assert damage(-LABELS, LABELS, LABELS) == 1  # no more than all of it
    assert damage(LABELS, -LABELS, LABELS) == 0  # there was nothing to lose
    half = LABELS.copy()
    half[:, 1] = 0.0  # a constant has CCC 0, so half of the mean is left
    assert damage(half, LABELS, LABELS) == pytest.approx(0.5, abs=CCC_EPS)
    for kind in (SignFlip(), Scaling()):
        assert kind.success(half, LABELS, LABELS) == damage(half, LABELS, LABELS)


def test_flipped_labels_are_learnt_where_predictions_follow_them():
    assert LabelFlip().success(-LABELS, LABELS, LABELS) == pytest.approx(1.0, abs=CCC_EPS)
    assert LabelFlip().success(LABELS, LABELS, LABELS) == 0


def test_a_backdoor_counts_only_labels_that_are_far_from_its_target():
    labels = np.array([[0.9, -1.0], [0.3, 0.5]])
    predicted = np.array([[0.9, 0.45], [0.0, 0.9]])
    # Far from 0.9: −1.0, predicted 0.45, which is near; and 0.3, predicted 0.0, which is not.
    assert Backdoor(target=0.9).success(predicted, predicted, labels) == 0.5
    assert Backdoor(target=0.9).success(labels, labels, np.full((2, 2), 0.8)) == 0.0


def test_inputs_stay_as_they_are():
    for name in POISONINGS:
        kind, honest = POISONINGS[name](), examples()
        before = honest.acoustic.clone(), honest.labels.clone(), RECEIVED.clone(), LEARNT.clone()
        kind.heard(honest), kind.kept(honest), kind.probe(honest), kind.sent(LEARNT, RECEIVED, 0.5)
        assert all(map(torch.equal, before, (honest.acoustic, honest.labels, RECEIVED, LEARNT)))
