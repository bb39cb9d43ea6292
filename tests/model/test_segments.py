"""Gradients by segment against torch's autograd, in float64 and in the float32 of training."""

import numpy as np
import pytest
import torch

from fedser.model import FlatParameters, GradientSheet, ModelOptions, Regressor
from fedser.model.dropout import DropoutMasks
from fedser.seeding import generator

OPTIONS = ModelOptions(width=16, trunk_dropout=0.3, head_dropout=0.1, lexical_dropout=0.2)
SEGMENTS = [(20, 29), (0, 12), (12, 20)]


def build(dtype, lexical=9):
    model = Regressor(14, lexical, OPTIONS).to(dtype)
    model.initialise(generator(0, "weights"))
    return model


def inputs(dtype, lexical=9, n=29):
    stream = generator(1)
    acoustic = torch.from_numpy(stream.normal(size=(n, 14))).to(dtype)
    words = torch.from_numpy(stream.normal(size=(n, lexical))).to(dtype)
    weights = torch.from_numpy(stream.normal(size=(n, 2))).to(dtype)
    return acoustic, words, weights


def autograd(model, acoustic, words, weights, rows):
    """The gradient of Σ weights · prediction over some rows, by autograd over the same dropout masks."""
    model.zero_grad()
    predictions = model(acoustic, words, DropoutMasks(generator(7)))
    (predictions * weights)[slice(*rows)].sum().backward()
    return torch.cat([p.grad.reshape(-1) for p in model.parameters()])


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
@pytest.mark.parametrize("lexical", [9, 0])
def test_every_segment_gets_its_own_gradient(dtype, tolerance, lexical):
    model = build(dtype, lexical)
    acoustic, words, weights = inputs(dtype, lexical)
    expected = [autograd(model, acoustic, words, weights, rows) for rows in SEGMENTS]
    parameters = FlatParameters(model)
    sheet = GradientSheet(parameters, SEGMENTS)
    predictions = model(acoustic, words, DropoutMasks(generator(7)), sheet)
    predictions.backward(weights)
    for row, gradient in zip(sheet.matrix, expected, strict=True):
        assert torch.abs(row - gradient).max() <= tolerance * gradient.abs().max()


def test_predictions_do_not_depend_on_the_sheet():
    model = build(torch.float64)
    acoustic, words, _ = inputs(torch.float64)
    plain = model(acoustic, words, DropoutMasks(generator(3)))
    sheet = GradientSheet(FlatParameters(model), SEGMENTS)
    assert torch.allclose(model(acoustic, words, DropoutMasks(generator(3)), sheet), plain, atol=1e-14)


def test_large_float32_products_agree_with_float64():
    """At the paper's size the products go through oneDNN where there is one."""
    from fedser.product import product

    stream = generator(2)
    x, w, b = (stream.normal(size=shape) for shape in ((300, 768), (256, 768), (256,)))
    exact = x @ w.T + b
    tensors = [torch.from_numpy(a.astype(np.float32)) for a in (x, w, b)]
    assert np.abs(product(*tensors).numpy() - exact).max() < 1e-3
    transposed = product(tensors[1].t(), tensors[1].t())
    assert np.abs(transposed.numpy() - w.T @ w).max() < 1e-3


def test_flat_parameters_are_the_models_own_memory():
    model = build(torch.float32)
    parameters = FlatParameters(model)
    parameters.vector.zero_()
    assert all(bool((p == 0).all()) for p in model.parameters())
    with pytest.raises(ValueError, match="parameters"):
        parameters.restore(torch.zeros(3))


def test_initial_weights_are_bounded_as_torchs_and_repeatable():
    first, second = build(torch.float32), build(torch.float32)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    weight = first.trunk[0].weight
    assert weight.abs().max() <= 14**-0.5
    assert weight.abs().max() > 0.9 * 14**-0.5


def test_dropout_rate_scale_and_spared_rows():
    x = torch.ones(4000, 50)
    dropped = DropoutMasks(generator(5), spared_rows=1000).drop(x, 0.2)
    assert torch.equal(dropped[:1000], x[:1000])
    kept = dropped[1000:] != 0
    assert set(dropped[1000:].unique().tolist()) == {0.0, 1.25}
    # 150,000 draws: four standard deviations are .0041.
    assert abs(kept.double().mean().item() - 0.8) < 0.0042
    assert torch.equal(dropped, DropoutMasks(generator(5), spared_rows=1000).drop(x, 0.2))
