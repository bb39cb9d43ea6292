"""R of one arm as a heatmap: stages down, environments across."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from fedser.report.figures.axes import learnt, name_ticks
from fedser.report.figures.panel import HIGH, INK, LOW, MUTED, Panel
from fedser.results.arms import Arm
from fedser.results.numerals import decimal
from fedser.results.one_device.run import RunResults

DEEPEST = 0.6
"""The opacity at a score of ±1: ink stays readable on it, by day and by night."""


def heatmap(run: RunResults, arm: Arm, target: str, name: str) -> Panel:
    """Return mean R (CCC on the test splits) of an arm; what was not scored stays blank."""
    R = run.R(arm, target, "ccc").mean(axis=0)
    rows = (
        f"after {stage} " + ", ".join(decimal(None if np.isnan(value) else float(value), 2) for value in row)
        for stage, row in zip(run.stages, R, strict=True)
    )
    label = f"{arm.label}, {target} CCC on {', '.join(run.environments)}: {'; '.join(rows)}"

    def paint(axes: Axes) -> None:
        _cells(axes, R)
        _frame(axes, run, arm.label)

    n = len(run.environments)
    return Panel(name, label, paint, size=(1.0 + 0.5 * n, 0.65 + 0.34 * n))


def _cells(axes: Axes, R: NDArray[np.float64]) -> None:
    for (i, j), value in np.ndenumerate(R):
        if np.isnan(value):
            axes.text(j, i, "–", ha="center", va="center", color=MUTED)
            continue
        colour, depth = (HIGH if value >= 0 else LOW), min(1.0, abs(float(value))) * DEEPEST
        axes.add_patch(Rectangle((j - 0.48, i - 0.46), 0.96, 0.92, facecolor=colour, alpha=depth, linewidth=0))
        unseen = j > i
        text = decimal(float(value), 2)
        axes.text(j, i, f"({text})" if unseen else text, ha="center", va="center", color=MUTED if unseen else INK)


def _frame(axes: Axes, run: RunResults, title: str) -> None:
    n = len(run.environments)
    axes.set_xlim(-0.5, n - 0.5)
    axes.set_ylim(n - 0.5, -0.5)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    name_ticks(axes, run.environments)
    name_ticks(axes, learnt(run.environments), "y")
    axes.set_title(title)
