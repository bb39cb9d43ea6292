"""One gradient step on a batch, as a strategy would have it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedser.model import Correction, Examples, FlatParameters, GradientSheet, ModelWork, Penalty, Regressor
from fedser.model.dropout import DropoutMasks
from fedser.model.penalty import damping
from fedser.strategies import BatchLoss, State, Step, Strategy, Taken
from fedser.training.frozen import FrozenModel
from fedser.training.loss import ccc_loss
from fedser.training.options import TrainingOptions
from fedser.training.rows import Range, RowBuffer, StepRows


@dataclass(frozen=True)
class StepReport:
    """The batch's loss before the step, whether the strategy altered its gradient, and what the model did."""

    loss: float
    altered: bool
    work: ModelWork


class GradientStep:
    """Takes steps for one environment: batch, constraints and rehearsals go through the model together."""

    def __init__(
        self,
        model: Regressor,
        parameters: FlatParameters,
        training_set: Examples,
        memories: Sequence[Examples],
        strategy: Strategy,
        options: TrainingOptions,
        state: State | None = None,
        penalties: Sequence[Penalty] = (),
        only: Tensor | None = None,
        correct: Correction | None = None,
    ) -> None:
        """`penalties` are those that others than the strategy ask for, such as a rule of aggregation.

        `only` (p,) of 0 and 1: which parameters move; None for all. `correct`: what others make of a direction.
        """
        self._model, self._parameters = model, parameters
        self._strategy, self._options = strategy, options
        self.state: State = state or {}
        """What the strategy carries along; changed by methods that watch steps."""
        self._only, self._correct = only, correct
        held = strategy.penalties(self.state)
        self._penalties = (*held, *penalties)
        self._damping = damping(held, options.learning_rate)
        self._memory = Examples.join(memories) if memories else None
        self._average = options.loss == "mean"
        self._frozen = FrozenModel(model, parameters, self._average)
        self._rows = RowBuffer(training_set, strategy.constraints(memories), options.batch_size)
        self._sheets: dict[tuple[Range, ...], GradientSheet] = {}
        self.rows_per_step = len(self._rows)
        """Utterances passed through the model in a step with a full batch; the most so far."""

    def __call__(
        self, positions: NDArray[np.int64], masks: np.random.Generator, draws: np.random.Generator | None = None
    ) -> StepReport:
        """Descend on the utterances at `positions` (n,) of the training set.

        `masks` is the stream of dropout, `draws` that of what the strategy draws from its memories.
        """
        before = self._model.work
        rows = self._rows.load(positions)
        step = self._step(self._rows.batch_of(rows), masks if draws is None else draws)
        rows = self._rows.with_rehearsals(rows, self._strategy.rehearsals(step))
        self.rows_per_step = max(self.rows_per_step, len(rows.examples))
        sheet = self._sheet(rows.segments)
        loss = self._propagate(rows, self._strategy.batch_losses(step), sheet, masks)
        of_batch = sheet.matrix[0].clone() if self._strategy.watches_steps else sheet.matrix[0]
        self._add_terms(sheet.matrix[0], step)
        direction = self._strategy.direction(sheet.matrix, step)
        corrected = None if self._correct is None else self._correct(direction.gradient)
        self._descend(direction.gradient if corrected is None else corrected, of_batch)
        return StepReport(loss, direction.altered or corrected is not None, self._model.work - before)

    def _step(self, batch: Examples, draws: np.random.Generator) -> Step:
        theta = self._parameters.vector
        return Step(batch, theta, self._memory, self.state, self._model, self._frozen, draws)

    def _propagate(
        self, rows: StepRows, extra: Sequence[BatchLoss], sheet: GradientSheet, masks: np.random.Generator
    ) -> float:
        """Fill the sheet with the gradients of all losses on outputs, and return the batch's own loss."""
        spared = 0 if self._strategy.constraints_dropout else rows.batch[0]
        batch = rows.examples
        outputs = self._model.outputs(batch.acoustic, batch.lexical, DropoutMasks(masks, spared), sheet)
        predictions = torch.tanh(outputs)
        onto_predictions = torch.zeros_like(predictions)
        with_own_loss = {place: one for place, one in rows.rehearsals if one.loss is not None}
        weights = {place: one.weight for place, one in rows.rehearsals}
        loss = 0.0
        for place in (rows.scored, *rows.constraints, *(place for place, one in rows.rehearsals if not one.apart)):
            if place in with_own_loss:
                continue
            part = slice(*place)
            value, gradient = ccc_loss(predictions[part], batch.labels[part], self._average)
            onto_predictions[part] = gradient * weights[place] if weights.get(place, 1.0) != 1.0 else gradient
            loss = value if place == rows.scored else loss
        losses = [(place, one.loss, one.weight) for place, one in with_own_loss.items()]
        losses += [(rows.batch, one.loss, one.weight) for one in extra]
        if not losses:
            predictions.backward(onto_predictions)  # type: ignore[no-untyped-call]
            return loss
        onto_outputs = torch.zeros_like(predictions)
        for place, of_outputs, weight in losses:
            if of_outputs is not None:
                part = slice(*place)
                onto_outputs[part] += weight * of_outputs(outputs[part].detach())[1].to(outputs.dtype)
        torch.autograd.backward([predictions, outputs], [onto_predictions, onto_outputs])
        return loss

    def _add_terms(self, gradient: Tensor, step: Step) -> None:
        """Add to the batch's gradient, in place, those of the penalties and of what torch differentiates."""
        for penalty in self._penalties:
            gradient += penalty(self._parameters.vector)[1]
        extra = self._strategy.extra_loss(step)
        if extra is not None:
            parts = torch.autograd.grad(extra, list(self._model.parameters()), materialize_grads=True)
            gradient += torch.cat([part.reshape(-1) for part in parts])

    def _descend(self, gradient: Tensor, of_batch: Tensor) -> None:
        vector, rate = self._parameters.vector, self._options.learning_rate
        gradient = gradient if self._only is None else gradient * self._only
        gradient = gradient if self._damping is None else gradient * self._damping
        if not self._strategy.watches_steps:
            vector.add_(gradient, alpha=-rate)
            return
        before = vector.clone()
        vector.add_(gradient, alpha=-rate)
        self.state = self._strategy.stepped(self.state, Taken(before, vector, gradient, of_batch))

    def _sheet(self, segments: tuple[Range, ...]) -> GradientSheet:
        """Return the gradient sheet for these rows: one for full batches, one for the last."""
        if segments not in self._sheets:
            self._sheets[segments] = GradientSheet(self._parameters, segments)
        return self._sheets[segments]
