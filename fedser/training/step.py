"""One gradient step on a batch, under a strategy's constraints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedser.model import FlatParameters, GradientSheet, Regressor
from fedser.model.dropout import DropoutMasks
from fedser.strategies import Strategy
from fedser.training.examples import Examples
from fedser.training.loss import ccc_losses
from fedser.training.options import TrainingOptions


@dataclass(frozen=True)
class StepReport:
    """The batch's loss before the step, whether the strategy altered its gradient, and the utterances it took."""

    loss: float
    altered: bool
    rows: int


@dataclass(frozen=True)
class Pull:
    """FedProx's proximal term ½ μ‖θ − θ₀‖² (Li et al. 2020, arXiv 1812.06127): θ₀ (p,) and μ ≥ 0."""

    towards: Tensor
    strength: float


class GradientStep:
    """Takes steps for one environment: batch and constraints go through the model together.

    The constraints are the strategy's memories. They lie in front of a buffer whose end takes the rows of each
    batch, so a step copies nothing but its batch.
    """

    def __init__(
        self,
        model: Regressor,
        parameters: FlatParameters,
        training_set: Examples,
        constraints: Sequence[Examples],
        strategy: Strategy,
        options: TrainingOptions,
        pull: "Pull | None" = None,
    ) -> None:
        self._model, self._parameters, self._pull = model, parameters, pull
        self._set, self._strategy, self._options = training_set, strategy, options
        room = training_set.take(np.zeros(options.batch_size, dtype=np.int64))
        self._buffer = Examples.join([*constraints, room])
        self._batch_start = sum(len(memory) for memory in constraints)
        self._constraint_segments: list[tuple[int, int]] = []
        for memory in constraints:
            start = self._constraint_segments[-1][1] if self._constraint_segments else 0
            self._constraint_segments.append((start, start + len(memory)))
        self._sheets: dict[int, GradientSheet] = {}

    @property
    def rows_per_step(self) -> int:
        """Return the utterances passed through the model in a step with a full batch."""
        return len(self._buffer)

    def __call__(self, positions: NDArray[np.int64], stream: np.random.Generator) -> StepReport:
        """Descend on the utterances at `positions` (n,) of the training set; dropout masks from `stream`."""
        sheet = self._sheet(len(positions))
        batch = self._load(positions)
        spared = 0 if self._strategy.constraints_dropout else self._batch_start
        predictions = self._model(batch.acoustic, batch.lexical, DropoutMasks(stream, spared), sheet)
        average = self._options.loss == "mean"
        losses, gradient = ccc_losses(predictions, batch.labels, list(sheet.segments), average)
        predictions.backward(gradient)
        direction = self._strategy.direction(sheet.matrix)
        if self._pull:
            # −lr · μ(θ − θ₀), which is the gradient of the proximal term at the θ of this step
            self._parameters.vector.lerp_(self._pull.towards, self._options.learning_rate * self._pull.strength)
        self._parameters.vector.add_(direction.gradient, alpha=-self._options.learning_rate)
        return StepReport(losses[0], direction.altered, len(batch))

    def _sheet(self, size: int) -> GradientSheet:
        """Return the gradient sheet for a batch of `size`: one for full batches, one for the last."""
        if size not in self._sheets:
            segments = [(self._batch_start, self._batch_start + size), *self._constraint_segments]
            self._sheets[size] = GradientSheet(self._parameters, segments)
        return self._sheets[size]

    def _load(self, positions: NDArray[np.int64]) -> Examples:
        """Copy the batch behind the constraints and return both."""
        rows, start, stop = torch.from_numpy(positions), self._batch_start, self._batch_start + len(positions)
        whole = Examples(self._buffer.acoustic[:stop], self._buffer.lexical[:stop], self._buffer.labels[:stop])
        torch.index_select(self._set.acoustic, 0, rows, out=whole.acoustic[start:])
        torch.index_select(self._set.lexical, 0, rows, out=whole.lexical[start:])
        torch.index_select(self._set.labels, 0, rows, out=whole.labels[start:])
        return whole
