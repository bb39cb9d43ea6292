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
    match: Literal["epochs", "steps"] = "epochs"
    """What all methods do alike: pass over all they learn from, which is longer where memories join it, or take
    the SGD steps of passes over the new utterances alone. On one device these are `matched_epochs` in every
    environment after the first, and the weights of the best validation loss are kept; on moving devices
    `adaptation.epochs` in every round."""
    matched_epochs: int = Field(50, ge=1, le=100_000)
    """Passes over the new utterances alone whose steps are the number, where `match` is steps, on one device."""
    checkpoint_every: int = Field(10, ge=1, le=1_000_000)
    """Epochs from one checkpoint to the next; changes what a kill can cost, never a result."""
