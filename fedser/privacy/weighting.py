"""How much one device's update counts.

Uniform weights are what accounting takes for granted. A weight by examples is itself something learnt about a
device, and lets one device count without limit; bounded, w = min(n, bound) / bound ≤ 1, a clipped update
still moves the sum by no more than the clip. Under a guarantee the average then divides by the number of
participants, not by the sum of weights, which would tell the numbers of examples.
"""

from typing import Literal

from fedser.errors import UserError

Weights = Literal["uniform", "examples"]


def weight(examples: int, weights: Weights, bound: int | None = None) -> float:
    """Return a device's weight: 1, its number of examples, or that number's share of a bound, at most 1."""
    if examples < 0:
        raise UserError(f"a device reports {examples} examples; expected 0 or more")
    if weights == "uniform":
        return 1.0
    return float(examples) if bound is None else min(examples, bound) / bound
