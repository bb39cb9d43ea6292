"""The emotion regressor, what it learns from, its parameters as one vector, and its gradients by segment."""

from fedser.model.examples import Examples
from fedser.model.parameters import FlatParameters
from fedser.model.penalty import Penalty
from fedser.model.projection import Correction
from fedser.model.regressor import ModelOptions, Regressor
from fedser.model.segments import GradientSheet
from fedser.model.work import ModelWork

__all__ = [
    "Correction",
    "Examples",
    "FlatParameters",
    "GradientSheet",
    "ModelOptions",
    "ModelWork",
    "Penalty",
    "Regressor",
]
