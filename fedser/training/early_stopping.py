"""Stop when the validation loss has not improved for a while; keep the best weights."""

from dataclasses import dataclass, field

from torch import Tensor

from fedser.strategies import State


@dataclass
class EarlyStopping:
    """Watches the validation loss of one environment; only a strict improvement counts."""

    patience: int
    best: Tensor
    """The parameters (p,) at the best epoch so far; the initial ones before the first."""
    best_loss: float = float("inf")
    best_epoch: int = 0
    waited: int = 0
    state: State = field(default_factory=dict)
    """What the strategy carried along at the best epoch."""

    def update(self, epoch: int, loss: float, parameters: Tensor, state: State) -> None:
        """Take note of an epoch's loss and, if it is the best, of a copy of the parameters and of the state."""
        if loss < self.best_loss:
            self.best_loss, self.best_epoch, self.waited = loss, epoch, 0
            self.best, self.state = parameters.clone(), state
        else:
            self.waited += 1

    def take(self, epoch: int, parameters: Tensor, state: State) -> None:
        """Take an epoch as the best for want of a loss to judge it by."""
        self.best_epoch, self.best, self.state = epoch, parameters.clone(), state

    @property
    def should_stop(self) -> bool:
        """Return whether `patience` epochs have passed without an improvement."""
        return self.waited >= self.patience
