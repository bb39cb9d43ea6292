"""Training on one environment: gradient steps, epochs, early stopping, evaluation."""

from fedser.training.evaluate import Predictions, predict, score
from fedser.training.examples import Examples
from fedser.training.options import TrainingOptions
from fedser.training.stage import StageState, train_stage
from fedser.training.step import GradientStep

__all__ = [
    "Examples",
    "GradientStep",
    "Predictions",
    "StageState",
    "TrainingOptions",
    "predict",
    "score",
    "train_stage",
]
