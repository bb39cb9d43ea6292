"""Training on one environment: gradient steps, epochs, early stopping, evaluation."""

from fedser.training.adapt import AdaptationOptions, Adapted, adapt
from fedser.training.evaluate import Predictions, predict, score
from fedser.training.examples import Examples
from fedser.training.options import TrainingOptions
from fedser.training.stage import StageState, train_stage
from fedser.training.step import GradientStep, Pull

__all__ = [
    "AdaptationOptions",
    "Adapted",
    "Examples",
    "GradientStep",
    "Predictions",
    "Pull",
    "StageState",
    "TrainingOptions",
    "adapt",
    "predict",
    "score",
    "train_stage",
]
