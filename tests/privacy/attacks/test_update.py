"""The pseudo-gradient of a layer against autograd in float64."""

import numpy as np
import pytest
import torch

from fedser.errors import UserError
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.privacy.attacks import ParameterLayout, Update, layer_gradient
from fedser.privacy.attacks.update_features import features, flat, input_centre
from fedser.seeding import generator

NO_DROPOUT = ModelOptions(width=6, trunk_dropout=0.0, head_dropout=0.0, lexical_dropout=0.0)


def gradient_and_update(learning_rate=0.5, steps=4):
    model = Regressor(9, 5, NO_DROPOUT).double()
    model.initialise(generator(3, "weights"))
    stream = np.random.default_rng(0)
    model.trunk[0].gain.data += torch.from_numpy(stream.normal(size=9)) * 0.2
    model.trunk[0].shift.data += torch.from_numpy(stream.normal(size=9)) * 0.2
    parameters = FlatParameters(model)
    x, words = (torch.from_numpy(stream.normal(size=(3, d))) for d in (9, 5))
    model(x, words).square().sum().backward()
    gradient = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
    before = parameters.vector.numpy()
    after = before - learning_rate * steps * gradient.numpy()
    return model, parameters, x, Update(before, after, learning_rate, steps, "0", 1, "s", "female")


@pytest.mark.parametrize("layer", ["trunk.0", "trunk.3", "lexical", "activation.0", "valence.1"])
def test_the_pseudo_gradient_is_the_gradient_of_the_layer(layer):
    model, parameters, _, update = gradient_and_update()
    found = layer_gradient(update, ParameterLayout.of(parameters), layer)
    module = model.get_submodule(layer)
    np.testing.assert_allclose(found.weight, module.weight.grad.numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.bias, module.bias.grad.numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(found.gain, module.gain.detach().numpy())
    assert flat(found).shape == (module.weight.numel() + module.bias.numel(),)


def test_gain_and_shift_are_undone():
    _, parameters, x, update = gradient_and_update()
    found = layer_gradient(update, ParameterLayout.of(parameters), "trunk.0")
    normal = torch.nn.functional.layer_norm(x, (9,)).numpy()
    # Every row of the gradient of normalised inputs is a mixture of them, with weights that add up to ∇b.
    weights = np.linalg.lstsq(normal.T, found.of_normalised_inputs().T, rcond=None)[0]
    np.testing.assert_allclose(normal.T @ weights, found.of_normalised_inputs().T, atol=1e-10)
    np.testing.assert_allclose(weights.sum(axis=0), found.bias, atol=1e-10)


def test_the_centre_has_one_inner_product_with_all_inputs():
    _, parameters, x, update = gradient_and_update()
    centre = input_centre(layer_gradient(update, ParameterLayout.of(parameters), "trunk.0"), ridge=1e-5)
    normal = torch.nn.functional.layer_norm(x, (9,)).numpy()
    products = normal @ centre
    np.testing.assert_allclose(products, products[0], rtol=1e-5)
    assert products[0] > 0
    assert np.linalg.norm(centre) == pytest.approx(1)
    # The nearest point of the affine hull, by its normal equations.
    gram = np.linalg.solve(normal @ normal.T, np.ones(3))
    expected = normal.T @ (gram / gram.sum())
    np.testing.assert_allclose(centre, expected / np.linalg.norm(expected), atol=1e-6)


def test_the_vector_need_not_be_in_memory(tmp_path):
    _, parameters, _, update = gradient_and_update()
    np.save(tmp_path / "after.npy", update.after)
    mapped = Update(update.before, np.load(tmp_path / "after.npy", mmap_mode="r"), 0.5, 4, "0", 1, "s")
    layout = ParameterLayout.of(parameters)
    for kind in ("gradient", "inputs"):
        rows = [features([each], layout, "trunk.1", kind, 0.1) for each in (update, mapped)]
        np.testing.assert_array_equal(rows[0], rows[1])


def test_an_unchanged_model_has_no_centre():
    _, parameters, _, update = gradient_and_update()
    idle = Update(update.before, update.before, 0.5, 1, "0", 1, "s")
    assert not features([idle], ParameterLayout.of(parameters), "trunk.0", "inputs", 0.1).any()


def test_a_layer_that_is_not_there_is_named():
    _, parameters, _, update = gradient_and_update()
    with pytest.raises(UserError, match=r'no layer "trunk\.4"; did you mean "trunk\.'):
        layer_gradient(update, ParameterLayout.of(parameters), "trunk.4")


@pytest.mark.parametrize(("rate", "steps"), [(0.0, 1), (1e-3, 0)])
def test_a_device_that_did_not_train_has_no_pseudo_gradient(rate, steps):
    with pytest.raises(ValueError, match="round 2"):
        Update(np.zeros(3), np.zeros(3), rate, steps, "7", 2, "s")


def test_two_vectors_of_one_length_are_needed():
    with pytest.raises(ValueError, match=r"two \(p,\)"):
        Update(np.zeros(3), np.zeros(4), 1.0, 1, "7", 2, "s")
