"""Section [training]."""

from typing import Literal

from pydantic import Field

from fedser.config import Section


class TrainingOptions(Section):
    """SGD without momentum, early stopping on the current environment's validation loss (method of the paper).

    An environment without labels has nothing to stop by, and is passed over `unlabelled_epochs` times.
    `checkpoint_every` is in epochs; it changes what a kill can cost, never a result.
    """

    learning_rate: float = Field(1e-3, gt=0)
    batch_size: int = Field(32, ge=2, le=1_000_000)
    patience: int = Field(10, ge=1, le=1_000_000)
    max_epochs: int = Field(500, ge=1, le=1_000_000)
    unlabelled_epochs: int = Field(10, ge=1, le=1_000_000)
    loss: Literal["sum", "mean"] = "sum"
    checkpoint_every: int = Field(10, ge=1, le=1_000_000)
