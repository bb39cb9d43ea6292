"""A gradient that gives way to another: what A-GEM does with that of memories, wherever these lie."""

from collections.abc import Callable

from torch import Tensor

from fedser.errors import NonFiniteGradientError

Correction = Callable[[Tensor], Tensor | None]
"""A step's gradient (p,) → the one to descend in its place, None where it stays; the argument is only read."""


def given_way(gradient: Tensor, reference: Tensor) -> Tensor | None:
    """Return g − (⟨g, m⟩ / ⟨m, m⟩) m where ⟨g, m⟩ < 0, in g's precision, and None where g may stay.

    So a small step never raises, to first order, a loss whose gradient is m. Both are (k,); the products are taken
    in float64. Raises NonFiniteGradientError where one is not finite. Chaudhry et al. 2019 (1812.00420), eq. 11.
    """
    g, m = gradient.double(), reference.double()
    along, length = g @ m, m @ m
    if not (along.isfinite() and length.isfinite()):
        raise NonFiniteGradientError("the batch's or the memories' gradient is not finite, or too large")
    if along >= 0:
        return None
    return (g - along / length * m).to(gradient.dtype)
