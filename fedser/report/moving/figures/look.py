"""How arms and places look in every figure: an arm as its method does; hollow markers where nothing is shared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from fedser.protocol.arms import Arm
from fedser.report.figures.arm_style import ArmStyle, style_of
from fedser.report.figures.panel import MUTED, SERIES, SURFACE, Panel
from fedser.results.moving import MovingRun

AWAY = MUTED
"""The colour of a device that is not available."""


@dataclass(frozen=True)
class Spread:
    """A mean over the seeds and ± one standard deviation, NaN for one seed."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]


def look_of(run: MovingRun, arm: Arm) -> ArmStyle:
    """Return colour, dash and marker of an arm: those of its method and memory."""
    return style_of(arm.learner, [other.learner for other in run.arms])


def face_of(run: MovingRun, arm: Arm) -> str:
    """Return what a marker is filled with: nothing where the arm shares nothing."""
    return look_of(run, arm).colour if arm.shares else SURFACE


def place_colour(environment: int) -> str:
    """Return the colour of an environment; with more than seven they repeat."""
    return SERIES[environment % len(SERIES)]


def over_seeds(values: NDArray[np.float64]) -> Spread:
    """Return mean and deviation over the first axis, of the seeds that have a value; NaN where none has."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = np.where(count > 0, filled.sum(axis=0) / np.maximum(count, 1), np.nan)
    squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
    return Spread(mean, np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan))


def plot_spread(axes: Axes, x: NDArray[np.float64], spread: Spread, look: ArmStyle, marked: bool = False) -> None:
    """Draw a mean as a line over the points that exist, with a band of ± one deviation where there is one."""
    known = np.isfinite(spread.mean)
    x, mean, std = x[known], spread.mean[known], spread.std[known]
    if np.isfinite(std).any():
        width = np.nan_to_num(std)
        axes.fill_between(x, mean - width, mean + width, color=look.colour, alpha=0.13, linewidth=0)
    marker = look.marker if marked or len(x) < 3 else "None"
    axes.plot(x, mean, color=look.colour, linestyle=look.dash, linewidth=1.6, marker=marker, markersize=4)


def arm_swatch(run: MovingRun, arm: Arm, name: str, hollow: bool = False) -> Panel:
    """Return a short piece of an arm's line with its marker, for legends."""
    look = look_of(run, arm)
    face = SURFACE if hollow else look.colour

    def paint(axes: Axes) -> None:
        axes.set_axis_off()
        axes.plot([0, 1, 2], [0, 0, 0], color=look.colour, linestyle=look.dash, linewidth=1.8)
        axes.plot([1], [0], color=look.colour, markerfacecolor=face, marker=look.marker, markersize=5.5)

    return Panel(name, f"line of {arm.label}", paint, size=(0.5, 0.17), place=(0, 0, 1, 1))


def place_swatch(colour: str, alpha: float, label: str, name: str) -> Panel:
    """Return a filled box, for the legend of the map."""

    def paint(axes: Axes) -> None:
        axes.set_axis_off()
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.fill_between([0.3, 0.7], 0.05, 0.95, color=colour, alpha=alpha, linewidth=0)

    return Panel(name, f"colour of {label}", paint, size=(0.5, 0.17), place=(0, 0, 1, 1))


def means(values: Sequence[float]) -> float:
    """Return the mean of what is known, NaN for nothing."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan
