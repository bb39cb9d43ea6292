"""How well scores tell members from others: the area under the ROC, and its left end."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


def auc(members: ArrayLike, others: ArrayLike) -> float:
    """Return P(member > other) + ½ P(equal), from scores (m,) and (n,).

    >>> auc([3.0, 2.0], [1.0, 2.0])
    0.875
    """
    x, y = _checked(members, others)
    ranks = stats.rankdata(np.concatenate([x, y]))[: len(x)]
    return float((ranks.sum() - len(x) * (len(x) + 1) / 2) / (len(x) * len(y)))


def tpr_at_fpr(members: ArrayLike, others: ArrayLike, fpr: float = 0.01) -> float:
    """Return the share of members above the lowest threshold that at most `fpr` of the others exceed.

    With fewer than 1/fpr others no false positive is allowed at all. Ties count against the attack.

    >>> tpr_at_fpr([3.0, 2.0, 0.5], [1.0, 2.0])
    0.3333333333333333
    """
    x, y = _checked(members, others)
    if not 0 <= fpr < 1:
        raise ValueError(f"fpr must be in [0, 1), got {fpr}")
    allowed = int(np.floor(fpr * len(y) + 1e-9))  # 0.01 · 300 is 3 but for rounding
    threshold = np.sort(y)[::-1][allowed]
    return float(np.mean(x > threshold))


def _checked(members: ArrayLike, others: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = (np.asarray(scores, dtype=np.float64) for scores in (members, others))
    if x.ndim != 1 or y.ndim != 1 or x.size == 0 or y.size == 0:
        raise ValueError(f"a ROC needs scores of members (m,) and others (n,), m, n ≥ 1, got {x.shape}, {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a ROC needs finite scores")
    return x, y
