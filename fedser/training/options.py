"""Section [training]."""

from typing import Literal

from pydantic import Field

from fedser.config import Section


class TrainingOptions(Section):
    """SGD without momentum, early stopping on the current environment's validation loss (method of the paper)."""

    learning_rate: float = Field(1e-3, gt=0)
    """Length of an SGD step, per gradient."""
    batch_size: int = Field(32, ge=2, le=1_000_000)
    """Utterances in a step."""
    patience: int = Field(10, ge=1, le=1_000_000)
    """Epochs without a better validation loss after which training stops."""
    max_epochs: int = Field(500, ge=1, le=1_000_000)
    """Epochs after which it stops in any case."""
    unlabelled_epochs: int = Field(10, ge=1, le=1_000_000)
    """Epochs in an environment without labels, which has nothing to stop by."""
    loss: Literal["sum", "mean"] = "sum"
    """How 1 − CCC of activation and of valence become one loss."""
    checkpoint_every: int = Field(10, ge=1, le=1_000_000)
    """Epochs from one checkpoint to the next; changes what a kill can cost, never a result."""
