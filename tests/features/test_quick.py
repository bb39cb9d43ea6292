import numpy as np
import pytest
import torch
from torch import nn

from fedser.features.quick import quicken


@pytest.mark.parametrize("shape", [(300, 64), (2, 150, 64), (2, 3, 50, 64), (64,)])
def test_a_linear_layer(shape):
    torch.manual_seed(1)
    layer, x = nn.Linear(64, 96), torch.randn(shape)
    quicken(layer)
    with torch.inference_mode():
        y = layer(x)
    assert y.shape == (*shape[:-1], 96)
    reference = x.double().numpy() @ layer.weight.detach().double().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(y.numpy(), reference, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3, "stride": 2},
        {"kernel_size": 2, "stride": 2, "bias": False},
        {"kernel_size": 3, "padding": 1},
        {"kernel_size": 5, "padding": "same", "dilation": 2},
        {"kernel_size": 3, "groups": 4},
        {"kernel_size": 3, "padding": 1, "padding_mode": "circular"},
    ],
    ids=str,
)
def test_a_convolution(options):
    torch.manual_seed(2)
    layer, x = nn.Conv1d(16, 24, **options), torch.randn(2, 16, 301)
    with torch.no_grad():
        reference = layer.double()(x.double()).numpy()
    layer.float()
    quicken(layer)
    with torch.inference_mode():
        np.testing.assert_allclose(layer(x).numpy(), reference, rtol=0, atol=1e-5)


def test_what_is_derived_from_a_linear_layer_stays_what_it_is():
    class Doubled(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    layer, x = Doubled(8, 8), torch.randn(5, 8)
    before = layer(x)
    quicken(layer)
    assert torch.equal(layer(x), before)
