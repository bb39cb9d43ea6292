"""The figures of a study, by name: one for each axis, a panel for each measure, a line for each arm."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from fedser.protocol.arms import Arm
from fedser.report.figures.arm_style import ArmStyle, style_of, swatch
from fedser.report.figures.axes import name_ticks
from fedser.report.figures.drawing import Drawing, LegendEntry
from fedser.report.figures.panel import Panel
from fedser.results.numerals import decimal
from fedser.results.study.arms import arm_named
from fedser.results.study.effects import student_interval
from fedser.results.study.run import Axis, Measured, StudyRun
from fedser.results.study.tables import key_title

WIDEST_RATIO = 8.0
"""Numbers that are further apart than this stand on a logarithmic axis."""
_SPREAD = 0.5
"""Of the room between two values without an order, what the arms' dots take."""


def study_drawings(run: StudyRun) -> dict[str, Drawing]:
    """Return the figure of each axis."""
    return {f"axis-{k}": _drawing(run, axis, k) for k, axis in enumerate(run.axes)}


def _drawing(run: StudyRun, axis: Axis, number: int) -> Drawing:
    arms = {name: arm_named(name) for name in run.arms}
    all_arms = list(arms.values())
    styles = {name: style_of(arm, all_arms) for name, arm in arms.items()}
    keys = enumerate(run.keys(run.shown))
    panels = [_panel(run, axis, styles, key, f"axis-{number}-{k}") for k, key in keys]
    return Drawing(panels, [_entry(arm, all_arms, f"legend-{number}-{k}") for k, arm in enumerate(all_arms)])


def _entry(arm: Arm, arms: list[Arm], name: str) -> LegendEntry:
    return LegendEntry(arm.label, swatch(arm, arms, name))


def _panel(run: StudyRun, axis: Axis, styles: Mapping[str, ArmStyle], key: Measured, name: str) -> Panel:
    """Return means over the seeds with 95 % intervals at each value: lines over numbers, else dots."""
    points = {arm: _points(run, axis, arm, key) for arm in styles}

    def paint(axes: Axes) -> None:
        for k, (arm, style) in enumerate(styles.items()):
            if points[arm]:
                _paint_arm(axes, points[arm], style, axis, _aside(k, len(styles)) if axis.numbers is None else 0.0)
        _paint_values(axes, axis)
        axes.set_xlabel(axis.name)
        axes.set_title(key_title(key))

    said = "; ".join(
        f"{arm} at {axis.labels[place]}: {decimal(mean)}"
        for arm, found in points.items()
        for place, mean, _, _ in found
    )
    return Panel(name, f"{key_title(key)}: {said}", paint)


def _points(run: StudyRun, axis: Axis, arm: str, key: Measured) -> list[tuple[int, float, float, float]]:
    """Return place, mean and ends of the interval at each value that has any."""
    found = []
    for place, label in enumerate(axis.labels):
        values = np.asarray(run.level_values(axis, label, arm, key), np.float64)
        if len(values):
            low, high = student_interval(values) if len(values) > 1 else (float(values[0]), float(values[0]))
            found.append((place, float(values.mean()), low, high))
    return found


def _paint_arm(
    axes: Axes, points: list[tuple[int, float, float, float]], style: ArmStyle, axis: Axis, aside: float
) -> None:
    place, mean, low, high = (np.array(column) for column in zip(*points, strict=True))
    look: dict[str, Any] = {"color": style.colour, "marker": style.marker, "markersize": 4.0}
    if axis.numbers is None:
        axes.vlines(place + aside, low, high, color=style.colour, linewidth=1.2)
        axes.plot(place + aside, mean, linestyle="none", **look)
        return
    x = np.array(_positions(axis))[place.astype(np.int64)]
    axes.fill_between(x, low, high, color=style.colour, alpha=0.15, linewidth=0)
    axes.plot(x, mean, linestyle=style.dash, linewidth=1.5, **look)


def _paint_values(axes: Axes, axis: Axis) -> None:
    if axis.numbers is None:
        name_ticks(axes, axis.labels)
        axes.set_xlim(-0.5, len(axis.labels) - 0.5)
        return
    axes.set_xticks(_positions(axis), axis.labels)


def _positions(axis: Axis) -> list[float]:
    """Return where numbers stand: by size, by its logarithm, or evenly where some have names of their own."""
    numbers = list(axis.numbers or ())
    if any(label != f"{number:g}" for label, number in zip(axis.labels, numbers, strict=True)):
        return [float(place) for place in range(len(numbers))]
    if min(numbers) > 0 and max(numbers) / min(numbers) > WIDEST_RATIO:
        return [float(value) for value in np.log(numbers)]
    return numbers


def _aside(k: int, count: int) -> float:
    return _SPREAD * ((k + 0.5) / count - 0.5)
