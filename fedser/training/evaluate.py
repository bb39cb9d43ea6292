"""Predictions of a model, and their scores over a whole split."""

import numpy as np
import torch
from numpy.typing import NDArray

from fedser.metrics import Scoreboard
from fedser.model import Examples, Regressor
from fedser.vocabulary import TARGETS

Predictions = NDArray[np.float64]

_PAPERS = Scoreboard()
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


def score(
    predictions: Predictions, labels: NDArray[np.float64], board: Scoreboard = _PAPERS
) -> dict[tuple[str, str], float]:
    """Return {(target, metric): value} over n utterances, from predictions and labels (n, 2)."""
    return {
        (target, metric): value
        for k, target in enumerate(TARGETS)
        for metric, value in board.score(predictions[:, k], labels[:, k]).items()
    }
