"""The paper's model: an acoustic trunk, a lexical branch and a head per target."""

import math

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from fedser.config import Section
from fedser.model.dropout import DropoutMasks
from fedser.model.segments import GradientSheet, NormalisedLinear
from fedser.model.work import ModelWork, flops_of_layer


class ModelOptions(Section):
    """Section [model]. The paper gives no width and no slope: 256 and torch's 0.01 are this project's defaults."""

    width: int = Field(256, ge=1, le=8192)
    """Units of every hidden layer."""
    slope: float = Field(0.01, ge=0, lt=1)
    """Of LeakyReLU, for negative values."""
    trunk_dropout: float = Field(0.2, ge=0, lt=1)
    """Probability that dropout sets a unit of the shared layers to 0."""
    head_dropout: float = Field(0.1, ge=0, lt=1)
    """The same in the heads of activation and valence."""
    lexical_dropout: float = Field(0.2, ge=0, lt=1)
    """The same for the entries of the lexical embedding."""


class Regressor(nn.Module):
    """Predicts (activation, valence) in (−1, 1) from an acoustic and a lexical embedding.

    Four linear layers make the acoustic representation; valence also sees the lexical one. Every linear layer
    has LayerNorm on its input (Tavernor et al. 2023). With `lexical = 0` valence is predicted from
    the acoustic representation alone.
    """

    def __init__(self, acoustic: int, lexical: int, options: ModelOptions | None = None) -> None:
        super().__init__()
        self.options = options or ModelOptions()
        width = self.options.width
        self.trunk = nn.ModuleList(NormalisedLinear(acoustic if k == 0 else width, width) for k in range(4))
        self.lexical = NormalisedLinear(lexical, width) if lexical else None
        self.activation = _head(width, width)
        self.valence = _head(2 * width if lexical else width, width)
        self._passes = 0
        for name, module in self.named_modules():
            if isinstance(module, NormalisedLinear):
                module.name = name
        self._layers = tuple(module for module in self.modules() if isinstance(module, NormalisedLinear))

    @property
    def work(self) -> ModelWork:
        """Return what the model has done so far; a pass under gradients counts with its backward pass."""
        return ModelWork(self._passes, sum(layer.flops for layer in self._layers))

    def work_of_gradient(self, rows: int) -> ModelWork:
        """Return what the gradient of a loss on so many utterances takes."""
        of_data = (self.trunk[0], self.lexical)
        flops = [flops_of_layer(rows, layer.weight.numel(), True, layer in of_data) for layer in self._layers]
        return ModelWork(rows, sum(flops))

    def initialise(self, stream: np.random.Generator) -> None:
        """Draw weights and biases as torch's `nn.Linear` does, uniform in ±1/√inputs; gains are 1, shifts 0."""
        for layer in self._layers:
            layer.gain.data.fill_(1.0)
            layer.shift.data.zero_()
            bound = 1 / math.sqrt(layer.weight.shape[1])
            for tensor in (layer.weight, layer.bias):
                values = torch.from_numpy(stream.uniform(-bound, bound, tuple(tensor.shape)))
                tensor.data.copy_(values)

    def forward(
        self,
        acoustic: Tensor,
        lexical: Tensor,
        masks: DropoutMasks | None = None,
        sheet: GradientSheet | None = None,
    ) -> Tensor:
        """Map embeddings (n, acoustic), (n, lexical) to predictions (n, 2): activation, valence."""
        return torch.tanh(self.outputs(acoustic, lexical, masks, sheet))

    def outputs(
        self,
        acoustic: Tensor,
        lexical: Tensor,
        masks: DropoutMasks | None = None,
        sheet: GradientSheet | None = None,
    ) -> Tensor:
        """Return what the predictions are the tanh of, (n, 2).

        Dropout is applied where `masks` are given (training mode). With a `sheet`, the backward pass writes
        the parameters' gradients into it, apart for each segment of rows.
        """
        return self.outputs_of(self.represent(acoustic, masks, sheet), lexical, masks, sheet)

    def represent(
        self, acoustic: Tensor, masks: DropoutMasks | None = None, sheet: GradientSheet | None = None
    ) -> Tensor:
        """Return the acoustic representation (n, width), which both heads see."""
        if not torch.compiler.is_compiling():
            self._passes += acoustic.shape[0]
        h = acoustic
        for k, layer in enumerate(self.trunk):
            h = layer(h, sheet)
            if k < len(self.trunk) - 1:
                h = self._activate(h, masks, self.options.trunk_dropout)
        return h

    def outputs_of(
        self,
        h: Tensor,
        lexical: Tensor,
        masks: DropoutMasks | None = None,
        sheet: GradientSheet | None = None,
    ) -> Tensor:
        """Return the outputs (n, 2) of acoustic representations (n, width)."""
        options = self.options
        spoken = h
        if self.lexical is not None:
            words = masks.drop(lexical, options.lexical_dropout) if masks else lexical
            spoken = torch.cat([h, self.lexical(words, sheet)], dim=1)
        columns = []
        for head, x in ((self.activation, h), (self.valence, spoken)):
            hidden = self._activate(head[0](x, sheet), masks, options.head_dropout)
            columns.append(head[1](hidden, sheet))
        return torch.cat(columns, dim=1)

    def _activate(self, x: Tensor, masks: DropoutMasks | None, probability: float) -> Tensor:
        x = nn.functional.leaky_relu(x, self.options.slope)
        return masks.drop(x, probability) if masks else x


def _head(inputs: int, width: int) -> nn.ModuleList:
    return nn.ModuleList([NormalisedLinear(inputs, width), NormalisedLinear(width, 1)])
