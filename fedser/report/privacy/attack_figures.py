"""Findings of attacks as points with intervals, and the range of their null controls as a band."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fedser.report.figures.axes import name_ticks
from fedser.report.figures.drawing import LegendEntry
from fedser.report.figures.panel import MUTED, SERIES, Panel

_MARKERS = "osD^vP"


def findings_panel(
    rows: pd.DataFrame, across: str, variants: Sequence[str], name: str, title: str, unit: str
) -> Panel:
    """Return estimates with intervals over the values of the column `across`, one colour for each of `variants`.

    A grey band spans the null controls, with their mean as a dashed line. `variants` are those of all panels that
    share a legend; those without a row here are left out.
    """
    places = list(dict.fromkeys(rows[across]))
    here = [k for k, variant in enumerate(variants) if (rows["variant"] == variant).any()]

    def paint(axes: Axes) -> None:
        for order, k in enumerate(here):
            own = rows[rows["variant"] == variants[k]]
            x = np.array([places.index(value) for value in own[across]]) + _offset(order, len(here))
            _controls(axes, x, own, 0.8 / len(here))
            _points(axes, x, own, SERIES[k % len(SERIES)], _MARKERS[k % len(_MARKERS)])
        name_ticks(axes, [short_arm(str(place)) for place in places])
        axes.set_xlim(-0.6, len(places) - 0.4)
        axes.set_ylabel(unit)
        axes.set_title(title)
        axes.grid(visible=False, axis="x")

    found = "; ".join(f"{r[across]} {r['variant']} {r['estimate']:.3f}" for r in rows.to_dict("records"))
    return Panel(name, f"{title}: {found}", paint)


def short_arm(arm: str) -> str:
    """Return an arm without its mode, where that is the usual one.

    >>> short_arm("federated:gem-random"), short_arm("personal-head:exper-random"), short_arm("trunk.0")
    ('gem-random', 'personal-head:exper-random', 'trunk.0')
    """
    return arm.removeprefix("federated:")


def swatches(groups: Sequence[str], name: str) -> list[LegendEntry]:
    """Return a legend for the series of a panel, in their order."""
    return [LegendEntry(group, _swatch(k, f"{name}-{k}")) for k, group in enumerate(groups)]


def _swatch(k: int, name: str) -> Panel:
    def paint(axes: Axes) -> None:
        axes.set_axis_off()
        axes.plot([0, 1, 2], [0, 0, 0], color=SERIES[k % len(SERIES)], linewidth=1.4)
        axes.plot([1], [0], color=SERIES[k % len(SERIES)], marker=_MARKERS[k % len(_MARKERS)], markersize=5)

    return Panel(name, "sign of the series", paint, size=(0.5, 0.17), place=(0, 0, 1, 1))


def _offset(k: int, count: int) -> float:
    return 0.8 * ((k + 0.5) / count - 0.5)


def _controls(
    axes: Axes, x: "np.ndarray[tuple[int], np.dtype[np.float64]]", rows: pd.DataFrame, width: float
) -> None:
    for place, middle, low, high in zip(
        x, rows["control"], rows["control_low"], rows["control_high"], strict=True
    ):
        span = [place - width / 2, place + width / 2]
        axes.fill_between(span, low, high, color=MUTED, alpha=0.25, linewidth=0)
        axes.plot(span, [middle, middle], color=MUTED, linestyle=(0, (3, 1.5)), linewidth=1)


def _points(
    axes: Axes, x: "np.ndarray[tuple[int], np.dtype[np.float64]]", rows: pd.DataFrame, colour: str, marker: str
) -> None:
    middle, low, high = (rows[name].to_numpy(dtype=np.float64) for name in ("estimate", "low", "high"))
    bounded = np.isfinite(low) & np.isfinite(high)
    axes.vlines(x[bounded], low[bounded], high[bounded], color=colour, linewidth=1.4)
    axes.plot(x, middle, color=colour, linestyle="None", marker=marker, markersize=4.5)
