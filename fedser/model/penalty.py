"""Loss terms on the parameters themselves, as FedProx's or EWC's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Penalty = Callable[[Tensor], tuple[float, Tensor]]
"""θ (p,), not to be written to → the term's value and its gradient (p,)."""


@dataclass(frozen=True, eq=False)
class Quadratic:
    """½ Σ s (θ − centre)²; `strength` s ≥ 0 is a number, or one for each parameter, (p,)."""

    centre: Tensor
    strength: float | Tensor

    def __call__(self, parameters: Tensor) -> tuple[float, Tensor]:
        """Return the value and the gradient (p,)."""
        away = parameters - self.centre
        gradient = self.strength * away
        return float(0.5 * (gradient * away).sum()), gradient


def quadratic(centre: Tensor, strength: float | Tensor) -> Quadratic:
    """Return ½ Σ s (θ − centre)²; `strength` s is a number, or one for each parameter, (p,).

    >>> import torch
    >>> value, gradient = quadratic(torch.tensor([1.0, 0.0]), 0.5)(torch.tensor([3.0, 0.0]))
    >>> value, gradient.tolist()
    (1.0, [1.0, 0.0])
    """
    return Quadratic(centre, strength)


def damping(penalties: Sequence[Penalty], learning_rate: float) -> Tensor | None:
    """Return 1 / (1 + η Σ s) over the quadratics among penalties, (p,) or (); None where there are none.

    Times the gradient with the quadratics in it, it gives the step of the proximal point: the θ′ that is least in
    g·θ′ + ‖θ′ − θ‖²/2η + Σ ½ s (θ′ − centre)². Plain descent overshoots, and diverges, where η s > 2; this comes
    nearer to the centre at any s, and rests where plain descent would (Parikh and Boyd 2014, Proximal Algorithms).
    """
    strengths = [one.strength for one in penalties if isinstance(one, Quadratic)]
    return 1 / (1 + learning_rate * torch.as_tensor(sum(strengths))) if strengths else None
