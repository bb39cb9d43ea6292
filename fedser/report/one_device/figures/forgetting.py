"""The forgetting curve: the score on one environment over the stages."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from fedser.report.figures.arm_style import style_of
from fedser.report.figures.axes import learnt, name_ticks, shortened
from fedser.report.figures.panel import MUTED, SURFACE, Panel
from fedser.results.arms import JOINT, Arm
from fedser.results.numerals import decimal
from fedser.results.one_device.run import RunResults


def forgetting_curve(run: RunResults, j: int, target: str, arms: Sequence[Arm], name: str) -> Panel:
    """Return the CCC on environment j of each arm after each stage: means, and bands of ± one deviation."""
    environment = run.environments[j]
    curves = ((arm, run.R(arm, target, "ccc")[:, :, j].mean(axis=0)) for arm in arms)
    words = [
        f"{arm.label} {', '.join(decimal(None if np.isnan(value) else float(value), 2) for value in curve)}"
        for arm, curve in curves
    ]
    label = f"{target.capitalize()} CCC on {environment} after each stage. {'; '.join(words)}"

    def paint(axes: Axes) -> None:
        for arm in arms:
            _curve(axes, run, arm, target, j)
        _unseen(axes, j)
        axes.set_ylim(*_limits(run, arms, target))
        axes.set_xlim(-0.25, len(run.stages) - 0.75)
        name_ticks(axes, learnt(run.environments))
        axes.set_title(shortened(environment))
        axes.set_ylabel(f"{target} CCC")
        axes.grid(visible=False, axis="x")

    return Panel(name, label, paint)


def _curve(axes: Axes, run: RunResults, arm: Arm, target: str, j: int) -> None:
    values = run.R(arm, target, "ccc")[:, :, j]
    stages, mean, style = np.arange(len(run.stages)), values.mean(axis=0), style_of(arm, run.arms)
    if len(run.seeds) > 1 and arm != JOINT:
        std = values.std(axis=0, ddof=1)
        axes.fill_between(stages, mean - std, mean + std, color=style.colour, alpha=0.13, linewidth=0)
    axes.plot(stages, mean, color=style.colour, linestyle=style.dash, linewidth=1.6)
    seen = stages >= j
    for part, face in ((seen, style.colour), (~seen, SURFACE)):
        axes.plot(stages[part], mean[part], style.marker, color=style.colour, markerfacecolor=face, markersize=4.5)


def _unseen(axes: Axes, j: int) -> None:
    if j == 0:
        return
    axes.axvspan(-0.5, j - 0.5, color=MUTED, alpha=0.08, linewidth=0)
    axes.text(
        0.02, 0.98, "not learnt yet", transform=axes.transAxes, va="top", color=MUTED, fontsize=7, style="italic"
    )


def _limits(run: RunResults, arms: Sequence[Arm], target: str) -> tuple[float, float]:
    """Return one scale for all environments, so that the panels can be compared."""
    means = [run.R(arm, target, "ccc") for arm in arms]
    low = min(float(np.nanmin(R)) for R in means)
    high = max(float(np.nanmax(R)) for R in means)
    return min(0.0, low) - 0.03, high + 0.06
