"""A model's parameters as one vector, for optimisers, GEM, messages and checkpoints."""

import torch
from torch import Tensor, nn


class FlatParameters:
    """All trainable parameters of a model as one vector θ (p,), of which the model's tensors become views.

    Writing to `vector` changes the model and the other way round; the order is that of
    `model.named_parameters()`.
    """

    def __init__(self, model: nn.Module) -> None:
        named = list(model.named_parameters())
        self._layout: dict[str, tuple[int, torch.Size]] = {}
        start = 0
        for name, parameter in named:
            self._layout[name] = (start, parameter.shape)
            start += parameter.numel()
        self.vector: Tensor = torch.cat([parameter.detach().reshape(-1) for _, parameter in named])
        for name, view in self.views_of(self.vector).items():
            model.get_parameter(name).data = view

    def views_of(self, vector: Tensor) -> dict[str, Tensor]:
        """Return the parts of a vector (p,) by parameter name, in the parameters' shapes, sharing its memory."""
        return {
            name: vector[start : start + shape.numel()].view(shape)
            for name, (start, shape) in self._layout.items()
        }

    def restore(self, vector: Tensor) -> None:
        """Set the model's parameters to a vector (p,); raises ValueError if it does not fit."""
        if vector.shape != self.vector.shape:
            raise ValueError(
                f"the model has {self.vector.numel()} parameters, the vector {vector.numel()}: "
                "was it made for other features or another width?"
            )
        self.vector.copy_(vector)
