"""Adapting to a few new utterances for some epochs or steps, as a device does in a round."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor

from fedser.config import Section
from fedser.errors import NonFiniteGradientError
from fedser.memory import RingBuffer
from fedser.model import Correction, Examples, FlatParameters, ModelWork, Penalty, Regressor
from fedser.strategies import State, Strategy
from fedser.training.epoch import EpochStream, Tally, diverged, run_epoch
from fedser.training.options import TrainingOptions
from fedser.training.step import GradientStep


class AdaptationOptions(Section):
    """Section [adaptation]: how long a device trains in a round, by exactly one of the first three."""

    epochs: int | None = Field(None, ge=1, le=1_000_000)
    """Passes over what a device has to learn from."""
    steps: int | None = Field(None, ge=1, le=1_000_000)
    """SGD steps. With fewer than an epoch has, a device learns from, and may remember, a random part of what is
    new."""
    early_stopping: bool = False
    """Train as the sequential protocol does, on the validation split of the place the device is in; where nothing
    is rated, for [training] unlabelled_epochs. A real device has no such split, so it is for comparing with that
    protocol."""
    ditto_lambda: float = Field(1.0, ge=0, allow_inf_nan=False)
    """In mode ditto, how strongly a device's own model is held near the global one, λ/2 ‖v − w‖²; with 0 it learns
    alone."""

    finetuned_rounds: int = Field(1, ge=1, le=100_000)
    """In mode federated-ft, in how many last rounds each device goes on alone from the last global model."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        chosen = (self.epochs is not None) + (self.steps is not None) + self.early_stopping
        if chosen != 1:
            raise ValueError("choose exactly one of epochs, steps and early_stopping")
        return self


@dataclass(frozen=True)
class Adapted:
    """What adapting did: positions of its own utterances (n,), the one seen last at the end, and the cost."""

    seen_last: NDArray[np.int64]
    steps: int
    altered: int
    work: ModelWork
    epochs: int
    state: State = field(default_factory=dict)
    """What the strategy carries along now."""


def adapt(
    model: Regressor,
    parameters: FlatParameters,
    own: Examples,
    memories: Sequence[Examples],
    strategy: Strategy,
    options: TrainingOptions,
    length: AdaptationOptions,
    stream: EpochStream,
    name: str,
    state: State | None = None,
    penalties: Sequence[Penalty] = (),
    only: Tensor | None = None,
    correct: Correction | None = None,
) -> Adapted:
    """Train on a device's own new utterances (at least 2) under its strategy, for a set number of steps or epochs.

    `penalties` are those of others than the strategy; `only` (p,) of 0 and 1 says which parameters move, None for
    all; `correct` is what others make of a direction. Raises NonFiniteGradientError, naming `name` and the step,
    when training diverges.
    """
    training_set = strategy.training_set(own, memories)
    step = GradientStep(
        model, parameters, training_set, memories, strategy, options, state, penalties, only, correct
    )
    ring = RingBuffer(len(own))
    tally = Tally()
    while tally.epoch < (length.epochs or np.inf) and tally.steps < (length.steps or np.inf):
        run_epoch(tally, step, ring, (len(training_set), len(own)), options.batch_size, stream, name, length.steps)
    if not (np.isfinite(tally.train_losses).all() and parameters.vector.sum().isfinite()):
        raise NonFiniteGradientError(diverged(name, tally, "a loss or a weight is not finite"))
    return Adapted(ring.positions(), tally.steps, tally.altered, tally.work, tally.epoch, step.state)
