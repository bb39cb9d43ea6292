"""Acoustic environments: a room, a background and a microphone, built and measured."""

from fedser.acoustics.activity import active_power
from fedser.acoustics.degradation import conditions, place_and_condition
from fedser.acoustics.environment import Environment, build
from fedser.acoustics.family import Family, build_family
from fedser.acoustics.options import PRESETS, AcousticOptions
from fedser.acoustics.render import Achieved, render
from fedser.acoustics.survey import survey, survey_family

__all__ = [
    "PRESETS",
    "Achieved",
    "AcousticOptions",
    "Environment",
    "Family",
    "active_power",
    "build",
    "build_family",
    "conditions",
    "place_and_condition",
    "render",
    "survey",
    "survey_family",
]
