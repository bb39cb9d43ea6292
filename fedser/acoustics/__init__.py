"""Acoustic environments: a room, a background and a microphone, built and measured."""

from fedser.acoustics.activity import active_power
from fedser.acoustics.degradation import conditions, place_and_condition
from fedser.acoustics.environment import Environment, build
from fedser.acoustics.options import PRESETS, AcousticOptions
from fedser.acoustics.render import Achieved, render
from fedser.acoustics.survey import survey

__all__ = [
    "PRESETS",
    "Achieved",
    "AcousticOptions",
    "Environment",
    "active_power",
    "build",
    "conditions",
    "place_and_condition",
    "render",
    "survey",
]
