"""What a strategy sees of an environment, and of a step in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor, nn

from fedser.model import Examples

State = Mapping[str, Tensor]
"""What a method carries along, by name: in checkpoints, on a device's disk, and counted in bytes."""


class Frozen(Protocol):
    """The model as a function of its parameters; nothing here changes the ones in training."""

    def outputs(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return (n, 2), before tanh and without dropout, at any parameters (p,)."""

    def gradient(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return the gradient (p,) of the loss on at least two utterances, without dropout."""

    def representation(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return the acoustic representation (n, width) as LayerNorm hands it to heads, without dropout."""

    def slopes(self, parameters: Tensor, examples: Examples) -> Tensor:
        """Return, for each target, the mean gradient of the outputs by the representation, (2, width)."""

    def parts(self, parameters: Tensor) -> Mapping[str, Tensor]:
        """Return views of parameters (p,) by name, such as `trunk.0.gain`."""


@dataclass(frozen=True)
class Visit:
    """An environment that a strategy comes to, or has learnt from."""

    environment: str
    parameters: Tensor
    """(p,) of the model as it is now."""
    own: Examples
    """The environment's own training utterances; on a device those of this round."""
    memories: Sequence[Examples]
    """What is kept of other environments, one set each."""
    frozen: Frozen
    batch_size: int
    stream: Callable[[str], np.random.Generator]
    """Purpose → a random stream of this visit."""

    def batches(self) -> list[Examples]:
        """Return the own utterances in order, in batches of the training's size; a single last one is left out."""
        starts = range(0, len(self.own), self.batch_size)
        parts = [np.arange(start, min(start + self.batch_size, len(self.own))) for start in starts]
        return [self.own.take(part) for part in parts if len(part) > 1]


@dataclass(frozen=True)
class Step:
    """A gradient step about to be taken."""

    batch: Examples
    parameters: Tensor
    """(p,), those in training: not to be written to."""
    memory: Examples | None
    """All memories of other environments as one set; None where there are none."""
    state: State
    model: nn.Module
    frozen: Frozen
    stream: np.random.Generator
    """Draws for this epoch, in the order of its steps."""

    def draw(self, size: int) -> Examples | None:
        """Return up to `size` utterances of the memories, each at most once, all equally likely; None of none.

        A single utterance is none either: its CCC is undefined.
        """
        if self.memory is None or len(self.memory) < 2:
            return None
        count = min(size, len(self.memory))
        return self.memory.take(self.stream.choice(len(self.memory), count, replace=False).astype(np.int64))


@dataclass(frozen=True)
class Taken:
    """A gradient step that was taken: θ before and after, and the direction descended, all (p,)."""

    before: Tensor
    after: Tensor
    gradient: Tensor
    of_batch: Tensor
    """The gradient of the losses on outputs alone, without penalties and uncorrected; not to be kept."""
