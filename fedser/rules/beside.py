"""What goes up and down beside the model for a rule: what a device has of a round, and what it tells and keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

Part = slice | Tensor
"""Which of a model's parameters (p,) are meant: an index of them."""

Vectors = Mapping[str, Tensor]
"""Arrays by name."""


@dataclass(frozen=True)
class Received:
    """What a device has before it trains in a round."""

    parameters: Tensor
    """(p,), the model it was sent, with what it has of its own."""
    shared: Part
    """What of it is averaged: k of the p parameters."""
    beside: Vectors
    """What came with the model."""
    kept: Vectors
    """What this device keeps for the rule; nothing before its first round."""
    loss: float | None = None
    """Of the model on the utterances it is about to learn from, without dropout; None where no rule asks."""


@dataclass(frozen=True)
class Trained:
    """What came of its training: the model (p,), and the steps it took of what length."""

    parameters: Tensor
    steps: int
    learning_rate: float


@dataclass(frozen=True)
class SentBeside:
    """What goes up beside the model, float32, and what the device keeps for the next round."""

    up: Vectors = field(default_factory=dict)
    kept: Vectors = field(default_factory=dict)
