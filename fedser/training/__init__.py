"""Training on one environment: gradient steps, epochs, early stopping, evaluation."""

from fedser.model import Examples
from fedser.training.adapt import AdaptationOptions, Adapted, adapt
from fedser.training.evaluate import Predictions, predict, score
from fedser.training.frozen import FrozenModel
from fedser.training.options import TrainingOptions
from fedser.training.stage import StageState, train_stage
from fedser.training.step import GradientStep
from fedser.training.updates import UpdateOptions

__all__ = [
    "AdaptationOptions",
    "Adapted",
    "Examples",
    "FrozenModel",
    "GradientStep",
    "Predictions",
    "StageState",
    "TrainingOptions",
    "UpdateOptions",
    "adapt",
    "predict",
    "score",
    "train_stage",
]
