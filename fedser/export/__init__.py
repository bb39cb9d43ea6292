"""A trained model as a folder that others can load: weights, what they expect as input, and a model card."""

from fedser.export.emotion_model import EmotionModel, load
from fedser.export.release import Release

__all__ = ["EmotionModel", "Release", "load"]
