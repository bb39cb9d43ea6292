"""One pass over a training set in a new order: what every kind of training is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fedser.errors import NonFiniteGradientError
from fedser.memory import RingBuffer
from fedser.model import ModelWork
from fedser.training.step import GradientStep

EpochStream = Callable[[str, int], np.random.Generator]
"""(purpose, epoch) → a random stream; keyed, so that a resumed epoch draws what it would have drawn."""

ADVICE = "try a smaller training.learning_rate"
"""What to do about divergence, as far as training knows; `fedser.training.divergence` knows more."""


@dataclass
class Tally:
    """What training has done so far."""

    epoch: int = 0
    steps: int = 0
    altered: int = 0
    """Steps whose gradient the strategy changed (GEM: constraints violated)."""
    work: ModelWork = field(default_factory=ModelWork)
    """What the model did for it; to judge it is not counted."""
    train_losses: list[float] = field(default_factory=list)
    """Mean loss of the batches, by epoch."""


def run_epoch(
    tally: Tally,
    step: GradientStep,
    ring: RingBuffer,
    sizes: tuple[int, int],
    batch_size: int,
    stream: EpochStream,
    name: str,
    most_steps: int | None = None,
) -> None:
    """Pass once over a training set, or until `most_steps` steps have been taken in all.

    `sizes` are the utterances in all and, in front, the environment's own: only these enter the ring, replayed
    ones never do. A batch of one is skipped: its CCC is undefined. Raises NonFiniteGradientError, naming the
    environment and the step, when training diverges.
    """
    tally.epoch += 1
    size, own = sizes
    order = stream("shuffle", tally.epoch).permutation(size)
    masks, draws = stream("dropout", tally.epoch), stream("rehearsal", tally.epoch)
    losses = []
    for start in range(0, size, batch_size):
        positions = order[start : start + batch_size]
        if len(positions) < 2:
            continue
        if most_steps is not None and tally.steps >= most_steps:
            break
        try:
            report = step(positions, masks, draws)
        except NonFiniteGradientError as error:
            raise NonFiniteGradientError(diverged(name, tally, str(error))) from None
        tally.steps += 1
        tally.altered += report.altered
        tally.work += report.work
        losses.append(report.loss)
        ring.see(positions[positions < own].tolist())
    tally.train_losses.append(float(np.mean(losses)))


def steps_of(size: int, batch_size: int) -> int:
    """Return how many steps one pass over so many utterances takes: a last single one has none.

    >>> steps_of(8, 4), steps_of(9, 4), steps_of(10, 4)
    (2, 2, 3)
    """
    return size // batch_size + (size % batch_size > 1)


def diverged(name: str, tally: Tally, what: str) -> str:
    """Say in one line where training went wrong and what to try."""
    return (
        f"environment {name}, epoch {tally.epoch}, step {tally.steps + 1}: {what}; training has diverged, {ADVICE}"
    )
