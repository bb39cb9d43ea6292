"""How a model does on every environment, also on those it has not met."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from fedser.metrics import Scoreboard
from fedser.model import Regressor
from fedser.protocol.environment import EnvironmentData
from fedser.training import predict, score
from fedser.vocabulary import SCORED_SPLITS


def evaluate(
    model: Regressor, environments: Sequence[EnvironmentData], board: Scoreboard
) -> tuple[list[list[Any]], dict[str, Tensor]]:
    """Return rows of (environment, split, target, metric, value), and predictions (n, 2) on each test split."""
    scores, predictions = [], {}
    for environment in environments:
        for split in SCORED_SPLITS:
            predicted = predict(model, environment.examples[split])
            values = score(predicted, environment.labels[split], board)
            scores += [
                [environment.name, split, target, metric, value] for (target, metric), value in values.items()
            ]
            if split == "test":
                predictions[environment.name] = torch.from_numpy(predicted)
    return scores, predictions
