"""What a model says of single utterances: scores by which members of a memory may be ranked, higher = member."""

import numpy as np

from fedser.arrays import Doubles
from fedser.metrics import ccc
from fedser.metrics.ccc import EPSILON


def squared_error(prediction: Doubles, label: Doubles) -> Doubles:
    """Return Σ over targets of (prediction − label)², (n,), for (n, targets): the loss of one utterance.

    1 − CCC is not a sum over utterances, so there is no "loss of one utterance" under it.
    """
    _check(prediction, label)
    return np.asarray(((prediction - label) ** 2).sum(axis=1), dtype=np.float64)


def by_loss(prediction: Doubles, label: Doubles) -> Doubles:
    """Return −squared error: what the model has learnt, it predicts better."""
    return -squared_error(prediction, label)


def by_gain(before: Doubles, after: Doubles, label: Doubles) -> Doubles:
    """Return how far the squared error fell from the model that a device received to the one it returned.

    It takes out how hard an utterance is for any model. The server knows both models.
    """
    return squared_error(before, label) - squared_error(after, label)


def by_influence(prediction: Doubles, label: Doubles) -> Doubles:
    """Return Σ over targets of CCC over all n utterances less CCC without the one, (n,).

    An utterance whose presence raises the CCC agrees with its label better than the others do. Exact, from
    the moments: leaving out value i of n changes a centred sum Σab by −n/(n − 1) · a_i b_i.
    """
    _check(prediction, label)
    n = len(prediction)
    if n < 3:
        raise ValueError(f"the influence on a CCC needs three utterances or more, got {n}")
    influence = np.zeros(n)
    for x, y in zip(prediction.T, label.T, strict=True):
        a, b, m = x - x.mean(), y - y.mean(), n - 1
        covariance, of_x, of_y = (((u * v).sum() - u * v * n / m) / m for u, v in ((a, b), (a, a), (b, b)))
        gap = (x.mean() - y.mean()) - (a - b) / m
        influence += ccc(x, y) - 2 * covariance / (of_x + of_y + gap**2 + EPSILON)
    return influence


def _check(prediction: Doubles, label: Doubles) -> None:
    if prediction.ndim != 2 or prediction.shape != label.shape or len(prediction) == 0:
        raise ValueError(f"scores need predictions and labels (n, targets), got {prediction.shape}, {label.shape}")
