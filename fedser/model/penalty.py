"""Loss terms on the parameters themselves, as FedProx's or EWC's."""

from collections.abc import Callable

from torch import Tensor

Penalty = Callable[[Tensor], tuple[float, Tensor]]
"""θ (p,), not to be written to → the term's value and its gradient (p,)."""


def quadratic(centre: Tensor, strength: float | Tensor) -> Penalty:
    """Return ½ Σ s (θ − centre)²; `strength` s is a number, or one for each parameter, (p,).

    >>> import torch
    >>> value, gradient = quadratic(torch.tensor([1.0, 0.0]), 0.5)(torch.tensor([3.0, 0.0]))
    >>> value, gradient.tolist()
    (1.0, [1.0, 0.0])
    """

    def penalty(parameters: Tensor) -> tuple[float, Tensor]:
        away = parameters - centre
        gradient = strength * away
        return float(0.5 * (gradient * away).sum()), gradient

    return penalty
