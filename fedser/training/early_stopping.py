"""Stop when the validation loss has not improved for a while; keep the best weights."""

from dataclasses import dataclass

from torch import Tensor


@dataclass
class EarlyStopping:
    """Watches the validation loss of one environment; only a strict improvement counts."""

    patience: int
    best: Tensor
    """The parameters (p,) at the best epoch so far; the initial ones before the first."""
    best_loss: float = float("inf")
    best_epoch: int = 0
    waited: int = 0

    def update(self, epoch: int, loss: float, parameters: Tensor) -> None:
        """Take note of an epoch's loss and, if it is the best, of a copy of the parameters."""
        if loss < self.best_loss:
            self.best_loss, self.best_epoch, self.waited = loss, epoch, 0
            self.best = parameters.clone()
        else:
            self.waited += 1

    @property
    def should_stop(self) -> bool:
        """Return whether `patience` epochs have passed without an improvement."""
        return self.waited >= self.patience
