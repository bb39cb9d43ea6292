"""The emotion regressor, its parameters as one vector, and its gradients by segment of a batch."""

from fedser.model.parameters import FlatParameters
from fedser.model.regressor import ModelOptions, Regressor
from fedser.model.segments import GradientSheet

__all__ = ["FlatParameters", "GradientSheet", "ModelOptions", "Regressor"]
