"""The figures of a one-device report, each a small SVG with a sentence that says what it shows."""

from fedser.report.figures.arm_style import swatch
from fedser.report.figures.panel import Panel
from fedser.report.one_device.figures.cost import cost_against_score
from fedser.report.one_device.figures.forgetting import forgetting_curve
from fedser.report.one_device.figures.heatmap import heatmap
from fedser.report.one_device.figures.learning import learning_curves
from fedser.report.one_device.figures.memory import memory_panel
from fedser.report.one_device.figures.predictions import prediction_panel

__all__ = [
    "Panel",
    "cost_against_score",
    "forgetting_curve",
    "heatmap",
    "learning_curves",
    "memory_panel",
    "prediction_panel",
    "swatch",
]
