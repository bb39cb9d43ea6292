"""What bfloat16 may change, from its precision; and where the processor itself is at fault."""

import numpy as np
import pytest
import torch

from fedser.features.bfloat16 import UNIT_ROUNDOFF, wrong_convolution

needs_convolutions = pytest.mark.skipif(
    wrong_convolution() is not None,
    reason="torch convolves wrongly in bfloat16 on this processor: see fedser.features.bfloat16",
)
"""oneDNN does with AMX; then fedser refuses to, which is a test of its own, and there is nothing to compare."""


def relative_error(found, exact):
    """Of each row: the length of the difference over that of the exact one."""
    return np.linalg.norm(found - exact, axis=1) / np.linalg.norm(exact, axis=1)


def explained_by_rounding(model):
    """The relative error that bfloat16 gives an embedding when each layer rounds its numbers once.

    A rounding changes a number by at most `UNIT_ROUNDOFF` of itself, one way or the other and in every layer
    anew, and norms keep what came before in proportion: so the errors add up as their squares.
    """
    layers = [module for module in model.modules() if not list(module.children())]
    return UNIT_ROUNDOFF * np.sqrt(sum(not isinstance(layer, torch.nn.Dropout) for layer in layers))
