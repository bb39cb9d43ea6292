"""Holm's correction: several tests, and at most the stated chance that any mark among them is a mistake.

S. Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
"""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return adjusted p-values, in order; None, for a comparison without a test, counts for nothing.

    Of m tests the smallest is multiplied by m, the next by m − 1, and so on; none is below one before it, nor
    above 1.

    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    known = [k for k, p in enumerate(p_values) if p is not None]
    ordered = sorted(known, key=lambda k: (p_values[k], k))
    raw = [float(p_values[k] or 0.0) * (len(known) - rank) for rank, k in enumerate(ordered)]
    adjusted: list[float | None] = [None] * len(p_values)
    for k, value in zip(ordered, np.maximum.accumulate(raw).tolist() if raw else [], strict=True):
        adjusted[k] = min(1.0, value)
    return adjusted
