"""Inversion of real steps on real speech."""

import numpy as np
import pytest
import torch

from fedser.errors import UserError
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.privacy.attacks import ParameterLayout, Update, layer_gradient
from fedser.privacy.attacks.gradient_inversion import best_cosines, invert, normalised_input
from fedser.privacy.attacks.inversion_curve import Victim, inversion_curve
from fedser.privacy.attacks.local_steps import take_steps
from fedser.privacy.attacks.update import LayerGradient
from fedser.seeding import generator
from fedser.strategies.finetuning import Finetuning
from fedser.training import GradientStep, TrainingOptions
from fedser.training.loss import ccc_loss


@pytest.fixture
def victim(shared, speech):
    yield Victim(shared.model, shared.parameters, speech["ravdess"].examples)
    shared.parameters.restore(shared.start)


def squared(victim):
    return Victim(victim.model, victim.parameters, victim.examples, loss="squared")


def test_normalisation_is_torchs_layer_norm():
    x = np.random.default_rng(0).normal(size=(4, 7)) * 3 + 1
    expected = torch.nn.functional.layer_norm(torch.from_numpy(x), (7,)).numpy()
    np.testing.assert_allclose(normalised_input(x), expected, atol=1e-12)


def test_one_utterance_is_recovered_exactly(victim):
    (finding,) = inversion_curve(squared(victim), [(1, 1)], trials=8)
    assert finding.cosine.low > 0.999
    assert finding.exact == 1.0
    assert finding.control.high < 0.95
    assert "squared error" in finding.statement


def test_two_utterances_of_a_ccc_step_are_recovered(victim):
    (finding,) = inversion_curve(victim, [(2, 1)], trials=8)
    assert finding.cosine.estimate > 0.95
    assert finding.exact > 0.8
    assert finding.control.high < finding.cosine.low


def test_recovery_decays_with_the_batch_and_with_steps(victim):
    by_batch = inversion_curve(victim, [(2, 1), (8, 1), (32, 1)], trials=5)
    assert np.all(np.diff([finding.exact for finding in by_batch]) < 0)
    assert by_batch[-1].exact < 0.1
    by_steps = inversion_curve(squared(victim), [(1, 1), (1, 5), (1, 10)], trials=5)
    assert np.all(np.diff([finding.exact for finding in by_steps]) < 0)
    assert by_batch[0].n == 5


def test_one_utterance_has_no_gradient_under_the_ccc(victim, shared):
    loss, gradient = ccc_loss(torch.tensor([[0.3, -0.2]]), torch.tensor([[0.9, 0.1]]))
    assert loss == 2.0
    assert not gradient.any()
    with pytest.raises(UserError, match="changes nothing"):
        inversion_curve(victim, [(1, 1)], trials=1)


def test_the_steps_are_those_of_training(shared, speech):
    own = speech["ravdess"].examples
    batches = [np.array([3, 50, 7, 200]), np.array([9, 10])]
    model, twin = (Regressor(160, 0, ModelOptions(width=8)) for _ in range(2))
    ends = []
    for each in (model, twin):
        each.initialise(generator(0, "weights"))
        parameters = FlatParameters(each)
        stream = generator(1, "dropout")
        if each is model:
            take_steps(each, parameters, own, batches, 1e-2, "ccc", stream)
        else:
            step = GradientStep(each, parameters, own, [], Finetuning(), TrainingOptions(learning_rate=1e-2))
            for batch in batches:
                step(batch, stream)
        ends.append(parameters.vector)
    torch.testing.assert_close(ends[0], ends[1], rtol=0, atol=0)


def test_the_squared_loss_has_autograds_gradient(speech):
    own = speech["ravdess"].examples.take(np.arange(3))
    model = Regressor(160, 0, ModelOptions(width=8, trunk_dropout=0.0, head_dropout=0.0))
    model.initialise(generator(0, "weights"))
    parameters = FlatParameters(model)
    before = parameters.vector.clone()
    loss = ((model(own.acoustic, own.lexical) - own.labels) ** 2).sum() / 3
    expected = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, list(model.parameters()))])
    take_steps(model, parameters, own, [np.arange(3)], 1.0, "squared", generator(0, "none"))
    torch.testing.assert_close(before - parameters.vector, expected, atol=2e-6, rtol=1e-4)


def test_gain_and_shift_do_not_hide_the_embedding():
    stream = np.random.default_rng(0)
    x = normalised_input(stream.normal(size=(1, 12)))
    gain, shift, errors = stream.uniform(0.5, 2, 12), stream.normal(size=12), stream.normal(size=(1, 5))
    gradient = LayerGradient(errors.T @ (x * gain + shift), errors[0], gain, shift)
    np.testing.assert_allclose(invert(gradient, 1), x, atol=1e-12)


def test_rows_of_one_utterance_are_told_from_mixtures():
    """Three utterances; most units see all of them, a few see one each."""
    stream = np.random.default_rng(1)
    x = normalised_input(stream.normal(size=(3, 30)))
    errors = stream.normal(size=(3, 40))
    for k in range(3):
        errors[np.arange(3) != k, k] = 0.0
    gradient = LayerGradient(errors.T @ x, errors.sum(axis=0), np.ones(30), np.zeros(30))
    np.testing.assert_allclose(best_cosines(invert(gradient, 3), x), 1, atol=1e-9)


def test_no_gradient_gives_no_candidate(victim, shared):
    idle = Update(shared.start.numpy(), shared.start.numpy(), 1e-3, 1, "0", 1, "s")
    candidates = invert(layer_gradient(idle, shared.layout, "trunk.0"), 4)
    assert candidates.shape == (0, 160)
    assert best_cosines(candidates, np.ones((2, 160))).tolist() == [0, 0]
    with pytest.raises(ValueError, match="at least 1"):
        invert(layer_gradient(idle, ParameterLayout.of(shared.parameters), "trunk.0"), 0)


def test_a_control_needs_utterances_too(victim):
    with pytest.raises(UserError, match="needs 1280 utterances"):
        inversion_curve(victim, [(64, 10)])


def test_a_curve_is_repeatable_and_leaves_the_model_where_it_was(victim, shared):
    assert inversion_curve(victim, [(4, 2)], trials=2) == inversion_curve(victim, [(4, 2)], trials=2)
    assert torch.equal(shared.parameters.vector, shared.start)
