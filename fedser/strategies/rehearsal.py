"""Utterances that go through the model beside a step's batch, and losses on what the model gives for them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from fedser.model import Examples

OutputLoss = Callable[[Tensor], tuple[float, Tensor]]
"""Outputs (n, 2) before tanh → the loss and its gradient with respect to them, (n, 2)."""


@dataclass(frozen=True)
class Rehearsal:
    """A minibatch beside the batch, in the same pass through the model.

    Its loss, by default that of the training (1 − CCC per target), counts `weight` times beside the batch's; or it
    is `pooled` with the batch, and there is one loss over both together; or it is kept `apart`: its gradient is a
    row of its own for `Strategy.direction`, as a constraint. Raises ValueError for one pooled that asks for more.
    """

    examples: Examples
    loss: OutputLoss | None = None
    weight: float = 1.0
    apart: bool = False
    pooled: bool = False

    def __post_init__(self) -> None:
        if self.pooled and (self.apart or self.loss is not None or self.weight != 1.0):
            raise ValueError("what is pooled with the batch has its loss and its weight, and is not apart")


@dataclass(frozen=True)
class BatchLoss:
    """A further loss on what the model gives for the batch itself, which counts `weight` times."""

    loss: OutputLoss
    weight: float = 1.0


def squared_error(target: Tensor) -> OutputLoss:
    """Return the mean squared error of outputs to a target (n, 2), over utterances and targets.

    >>> import torch
    >>> value, gradient = squared_error(torch.zeros(2, 2))(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    >>> value, gradient.tolist()
    (0.5, [[0.5, 0.0], [0.0, 0.5]])
    """

    def loss(outputs: Tensor) -> tuple[float, Tensor]:
        away = outputs - target
        return float((away**2).mean()), 2 * away / away.numel()

    return loss


def squared_error_of_predictions(target: Tensor) -> OutputLoss:
    """Return the mean squared error of predictions, tanh of the outputs, to a target (n, 2) in [−1, 1].

    It pulls where a prediction is saturated no more than 1 − CCC does: both pass through tanh.
    """

    def loss(outputs: Tensor) -> tuple[float, Tensor]:
        predictions = torch.tanh(outputs)
        away = predictions - target
        return float((away**2).mean()), 2 * away / away.numel() * (1 - predictions**2)

    return loss
