"""The model at any parameters, without dropout and without training it: what strategies ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from fedser.model import Examples, FlatParameters, GradientSheet, Regressor
from fedser.model.segments import normalised
from fedser.training.loss import ccc_loss


class FrozenModel:
    """A model in training as a function of its parameters; it is left as it was."""

    def __init__(self, model: Regressor, parameters: FlatParameters, average: bool) -> None:
        """`average`: whether the loss is the mean over the targets rather than their sum."""
        self._model, self._parameters, self._average = model, parameters, average

    def outputs(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return (n, 2), before tanh, at the parameters (p,)."""
        with torch.no_grad(), self._at(parameters):
            return self._model.outputs(examples.acoustic, examples.lexical)

    def outputs_one_by_one(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return the same, (n, 2), each utterance alone: to the last bit whatever it stands beside."""
        rows = torch.arange(len(examples))
        with torch.no_grad(), self._at(parameters):
            found = [self._model.outputs(examples.acoustic[k : k + 1], examples.lexical[k : k + 1]) for k in rows]
        return torch.cat(found) if found else examples.labels.new_empty((0, 2))

    def gradient(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return the gradient (p,) of the loss on n ≥ 2 utterances."""
        with self._at(parameters):
            sheet = GradientSheet(self._parameters, [(0, len(examples))])
            predictions = torch.tanh(self._model.outputs(examples.acoustic, examples.lexical, None, sheet))
            _, gradient = ccc_loss(predictions, examples.labels, self._average)
            predictions.backward(gradient)  # type: ignore[no-untyped-call]
        return sheet.matrix[0]

    def representation(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return the acoustic representation (n, width) as LayerNorm hands it to heads, without dropout."""
        with torch.no_grad(), self._at(parameters):
            return normalised(self._model.represent(examples.acoustic))

    def slopes(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return, for each target, the mean gradient of the outputs by that representation, (2, width)."""
        with self._at(parameters):
            h = self._model.represent(examples.acoustic).detach().requires_grad_()
            means = self._model.outputs_of(h, examples.lexical).mean(dim=0)
            unit = h.detach().std(dim=1, keepdim=True, correction=0)  # of h for one of the representation
            rows = [(unit * torch.autograd.grad(mean, h, retain_graph=True)[0]).sum(dim=0) for mean in means]
        return torch.stack(rows)

    def parts(self, parameters: Tensor) -> dict[str, Tensor]:
        """Return views of parameters (p,) by name."""
        return self._parameters.views_of(parameters)

    @contextmanager
    def _at(self, parameters: Tensor) -> Iterator[None]:
        present = self._parameters.vector
        if parameters.data_ptr() == present.data_ptr():
            yield
            return
        before = present.clone()
        present.copy_(parameters)
        try:
            yield
        finally:
            present.copy_(before)
