import numpy as np
import pytest
import torch

from fedser.metrics import ccc
from fedser.training.loss import ccc_loss
from tests.references import naive_step


@pytest.mark.parametrize("n", [2, 3, 32, 261])
def test_value_and_gradient_equal_autograds(n):
    stream = np.random.default_rng(n)
    p = torch.from_numpy(stream.normal(size=(n, 2))).requires_grad_()
    t = torch.from_numpy(stream.uniform(-1, 1, size=(n, 2)))
    expected = naive_step.ccc_loss(p, t)
    expected.backward()
    value, gradient = ccc_loss(p, t)
    assert value == pytest.approx(expected.item(), abs=1e-13)
    assert torch.abs(gradient - p.grad).max() < 1e-13


def test_value_is_one_minus_the_metric():
    stream = np.random.default_rng(0)
    p, t = stream.normal(size=(50, 2)), stream.normal(size=(50, 2))
    expected = sum(1 - ccc(p[:, k], t[:, k]) for k in range(2))
    assert ccc_loss(torch.from_numpy(p), torch.from_numpy(t))[0] == pytest.approx(expected, abs=1e-13)
    assert ccc_loss(torch.from_numpy(p), torch.from_numpy(t), average=True)[0] == pytest.approx(expected / 2)


def test_constant_predictions_have_a_finite_gradient():
    value, gradient = ccc_loss(torch.zeros(8, 2), torch.zeros(8, 2))
    assert value == 2.0
    assert torch.isfinite(gradient).all()
