"""The figures of the report, each a small SVG with a sentence that says what it shows."""

from fedser.report.figures.arm_style import swatch
from fedser.report.figures.cost import cost_against_score
from fedser.report.figures.forgetting import forgetting_curve
from fedser.report.figures.heatmap import heatmap
from fedser.report.figures.learning import learning_curves
from fedser.report.figures.memory import memory_panel
from fedser.report.figures.panel import Panel
from fedser.report.figures.predictions import prediction_panel

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
