"""What learning one environment did to the others, from R.

R[i, j] is the score on the test split of environment j after stage i, stages and environments in the order
of learning (0-based here, 1-based in the papers). Scores may be negative (CCC): nothing is padded with 0.
A measure that needs a second environment is None for a single one.

Sources: average, BWT and FWT from Lopez-Paz & Ranzato 2017, NeurIPS, eq. 2–4 (arXiv:1706.08840); forgetting
and intransigence from Chaudhry et al. 2018, ECCV (arXiv:1801.10112).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]


def average(R: ArrayLike) -> float:
    """Return the mean score over all environments after the last stage (ACC in eq. 2).

    >>> average([[0.6, 0.1], [0.4, 0.5]])
    0.45
    """
    return float(_square(R)[-1].mean())


def bwt(R: ArrayLike) -> float | None:
    """Return backward transfer, the mean of R[last, j] − R[j, j] over all environments but the last (eq. 3).

    Negative where later stages did harm.
    """
    scores = _square(R)
    if len(scores) < 2:
        return None
    return float(np.mean(scores[-1, :-1] - np.diag(scores)[:-1]))


def fwt(R: ArrayLike, baseline: ArrayLike = 0.0) -> float | None:
    """Return forward transfer, the mean of R[j − 1, j] − baseline[j] over all j but the first (eq. 4).

    It needs the row of the stage before each environment was learnt, so R must hold unseen environments too.
    `baseline` is the score of an untrained model: one number for all (0 for CCC, which is what a constant
    prediction gets), or one for each of the n environments (the measured scores of a random initialisation).
    """
    scores = _square(R)
    untrained = np.broadcast_to(np.asarray(baseline, dtype=np.float64), len(scores))
    if not np.isfinite(untrained).all():
        raise ValueError("the baseline of FWT must be finite")
    if len(scores) < 2:
        return None
    return float(np.mean(np.diag(scores, k=1) - untrained[1:]))


def forgetting(R: ArrayLike) -> float | None:
    """Return how far the scores fell from their best, averaged over all environments but the last.

    For environment j: max over stages i with j ≤ i < last of R[i, j], minus R[last, j]. Stages before j was
    learnt do not count. Negative where the last stage improved on all before it.
    """
    scores = _square(R)
    last = len(scores) - 1
    if last < 1:
        return None
    return float(np.mean([scores[j:last, j].max() - scores[last, j] for j in range(last)]))


def intransigence(R: ArrayLike, joint: ArrayLike) -> float | None:
    """Return what keeping the old costs the new: the mean of joint[j] − R[j, j] over all j but the first.

    `joint` (n,) holds the score on each environment j of a model trained on environments 0..j together. The
    first environment is left out: its model is the same for both.
    """
    scores = _square(R)
    reference = np.asarray(joint, dtype=np.float64)
    if reference.shape != (len(scores),) or not np.isfinite(reference).all():
        raise ValueError(f"joint must be {len(scores)} finite scores, got shape {reference.shape}")
    if len(scores) < 2:
        return None
    return float(np.mean((reference - np.diag(scores))[1:]))


def _square(R: ArrayLike) -> Matrix:
    scores = np.asarray(R, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1] or scores.size == 0:
        raise ValueError(f"R must be stages × environments, square and not empty, got shape {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("R must be finite: every environment is scored after every stage, unseen ones too")
    return scores
