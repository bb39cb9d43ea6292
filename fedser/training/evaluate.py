"""Predictions of a model, and their scores over a whole split."""

import numpy as np
import torch
from numpy.typing import NDArray

from fedser.metrics import bin_levels, ccc, uar
from fedser.model import Examples, Regressor
from fedser.vocabulary import TARGETS

Predictions = NDArray[np.float64]

_ROWS = 4096
"""Utterances passed through the model at once: bounds the memory of an evaluation."""


def predict(model: Regressor, examples: Examples) -> Predictions:
    """Return predictions (n, 2) without dropout."""
    with torch.no_grad():
        parts = [
            model(examples.acoustic[start : start + _ROWS], examples.lexical[start : start + _ROWS])
            for start in range(0, len(examples), _ROWS)
        ]
    result: Predictions = torch.cat(parts).double().numpy()
    return result


def score(predictions: Predictions, labels: NDArray[np.floating]) -> dict[tuple[str, str], float]:
    """Return {(target, metric): value} over n utterances, from predictions and labels (n, 2).

    CCC over all n at once (it is no mean of parts), UAR over the bins low, mid and high.
    """
    scores: dict[tuple[str, str], float] = {}
    for k, target in enumerate(TARGETS):
        x, y = predictions[:, k], labels[:, k]
        scores[target, "ccc"] = ccc(x, y)
        scores[target, "uar"] = uar(bin_levels(x), bin_levels(y))
    return scores
