"""The figures of a moving-devices report, each a small SVG with a sentence that says what it shows."""

from fedser.report.moving.figures.away import after_leaving, coming_back
from fedser.report.moving.figures.cost import COSTS, cost_panel
from fedser.report.moving.figures.devices import device_curve
from fedser.report.moving.figures.look import arm_swatch, place_swatch
from fedser.report.moving.figures.map import device_map, shown_devices
from fedser.report.moving.figures.prequential import prequential_panel, window_of
from fedser.report.moving.figures.rounds import score_curve

__all__ = [
    "COSTS",
    "after_leaving",
    "arm_swatch",
    "coming_back",
    "cost_panel",
    "device_curve",
    "device_map",
    "place_swatch",
    "prequential_panel",
    "score_curve",
    "shown_devices",
    "window_of",
]
