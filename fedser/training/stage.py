"""Training on one environment until its validation loss stops improving."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedser.errors import NonFiniteGradientError
from fedser.memory import RingBuffer
from fedser.model import Correction, Examples, FlatParameters, Penalty, Regressor
from fedser.strategies import State, Strategy
from fedser.training.early_stopping import EarlyStopping
from fedser.training.epoch import EpochStream, Tally, diverged, run_epoch
from fedser.training.evaluate import predict
from fedser.training.loss import ccc_loss
from fedser.training.options import TrainingOptions
from fedser.training.step import GradientStep


@dataclass
class StageState(Tally):
    """Where a stage's training is after an epoch: all that a checkpoint needs."""

    parameters: Tensor = field(kw_only=True)
    stopping: EarlyStopping = field(kw_only=True)
    seen_last: NDArray[np.int64] = field(kw_only=True)
    """Positions of the environment's own training set, the ring buffer's order."""
    strategy: State = field(default_factory=dict)
    """What the strategy carries along."""
    rows_per_step: int = 0
    seconds: float = 0.0
    finished: bool = False
    validation_losses: list[float | None] = field(default_factory=list)
    update: int = 0
    """Which update of the environment is being learnt, from 0."""
    heard: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Positions in the environment's training split, of earlier updates, the ring buffer's order."""


@dataclass(frozen=True)
class StageData:
    """What a stage trains on: the environment's own utterances, the memories of the past, a validation set."""

    name: str
    own: Examples
    memories: Sequence[Examples]
    validation: Examples | None
    """None without labels: it is then passed over a set number of times."""
    steps: int | None = None
    """How many steps end training, those of updates before this one included; None to stop early, or by epochs."""


def train_stage(
    model: Regressor,
    parameters: FlatParameters,
    data: StageData,
    strategy: Strategy,
    options: TrainingOptions,
    capacity: int,
    stream: EpochStream,
    state: StageState | None = None,
    on_epoch: Callable[[StageState], None] = lambda state: None,
    penalties: Sequence[Penalty] = (),
    correct: Correction | None = None,
) -> StageState:
    """Train until early stopping or the cap, leave the best weights in the model, return the final state.

    Or for a set number of steps. Goes on from `state` if one is given. `on_epoch` is called after every epoch, for
    progress and checkpoints. `penalties` and `correct` are others' than the strategy. Raises
    NonFiniteGradientError, naming the environment and the step, when training diverges.
    """
    state = state or start_of_stage(parameters, options)
    parameters.restore(state.parameters)
    own = len(data.own)
    training_set = strategy.training_set(data.own, data.memories)
    step = GradientStep(
        model,
        parameters,
        training_set,
        data.memories,
        strategy,
        options,
        state.strategy,
        penalties,
        correct=correct,
    )
    ring = RingBuffer(capacity, state.seen_last.tolist())
    while not state.finished:
        began = time.perf_counter()
        sizes = len(training_set), own
        run_epoch(state, step, ring, sizes, options.batch_size, stream, data.name, data.steps)
        if data.validation is None:
            loss, limit = None, options.unlabelled_epochs
            state.stopping.take(state.epoch, parameters.vector, step.state)
            if not parameters.vector.sum().isfinite():
                raise NonFiniteGradientError(diverged(data.name, state, "a weight is not finite"))
        else:
            loss, limit = validation_loss(model, data.validation, options), options.max_epochs
            if not np.isfinite(loss):
                raise NonFiniteGradientError(diverged(data.name, state, "the validation loss is not finite"))
            state.stopping.update(state.epoch, loss, parameters.vector, step.state)
        state.validation_losses.append(loss)
        state.strategy, state.rows_per_step = step.state, max(state.rows_per_step, step.rows_per_step)
        state.parameters = parameters.vector.clone()
        state.seen_last = ring.positions()
        if data.steps is None:
            state.finished = state.stopping.should_stop or state.epoch >= limit
        else:
            state.finished = state.steps >= data.steps
        state.seconds += time.perf_counter() - began
        on_epoch(state)
    parameters.restore(state.stopping.best)
    state.strategy = state.stopping.state
    return state


def start_of_stage(
    parameters: FlatParameters, options: TrainingOptions, strategy: State | None = None
) -> StageState:
    """Return the state before the first epoch; `strategy` is what the strategy brings along."""
    vector = parameters.vector.clone()
    return StageState(
        parameters=vector,
        stopping=EarlyStopping(options.patience, vector, state=strategy or {}),
        seen_last=np.zeros(0, dtype=np.int64),
        strategy=strategy or {},
    )


def validation_loss(model: Regressor, examples: Examples, options: TrainingOptions) -> float:
    """Return the loss of a model over a whole set, without dropout."""
    predictions = torch.from_numpy(predict(model, examples))
    return ccc_loss(predictions, examples.labels, options.loss == "mean")[0]
