"""All devices of one mode, from the lowest to the highest: nobody is lost in a mean."""

import numpy as np
from matplotlib.axes import Axes

from fedser.metrics.moving import DECILE
from fedser.protocol.arms import MODES
from fedser.report.figures.panel import MUTED, Panel
from fedser.report.moving.figures.look import look_of
from fedser.results.moving import MovingRun
from fedser.results.moving.measures import LOWER_IS_BETTER
from fedser.results.numerals import decimal

FEW = 30
"""With no more devices than this each is marked."""


def device_curve(run: MovingRun, mode: str, measure: str, target: str, name: str) -> Panel | None:
    """Return a measure of every device of every seed in order, the worst tenth shaded; None without any."""
    found = {arm: run.measures[arm, target, "ccc"].by_device[measure] for arm in run.arms}
    everyone = {arm: np.sort(rows[np.isfinite(rows)]) for arm, rows in found.items() if np.isfinite(rows).any()}
    values = {arm: rows for arm, rows in everyone.items() if arm.mode == mode}
    if not values:
        return None
    words = [
        f"{arm.label} {', '.join(decimal(float(np.quantile(rows, q)), 2) for q in (0, 0.5, 1))}"
        for arm, rows in values.items()
    ]
    lower = measure in LOWER_IS_BETTER
    lowest, highest = min(rows[0] for rows in everyone.values()), max(rows[-1] for rows in everyone.values())
    margin = 0.06 * max(highest - lowest, 0.02)

    def paint(axes: Axes) -> None:
        tenth = 100 / DECILE
        axes.axvspan(100 - tenth if lower else 0, 100 if lower else tenth, color=MUTED, alpha=0.12, linewidth=0)
        for arm, rows in values.items():
            look, x = look_of(run, arm), 100 * (np.arange(rows.size) + 0.5) / rows.size
            marker = look.marker if rows.size <= FEW else "None"
            axes.plot(x, rows, color=look.colour, linestyle=look.dash, linewidth=1.4, marker=marker, markersize=3)
        axes.text(
            *((0.98, 0.03) if lower else (0.02, 0.94)),
            "worst tenth",
            transform=axes.transAxes,
            ha="right" if lower else "left",
            color=MUTED,
            fontsize=7,
            style="italic",
        )
        axes.set(xlim=(0, 100), ylim=(lowest - margin, highest + margin))
        axes.set_title(f"{MODES.get(mode, mode)}: {measure}")
        axes.set_xlabel("devices, lowest first (%)")
        axes.set_ylabel(f"{target} CCC: {measure}")

    label = f"{MODES.get(mode, mode)}, {measure} of {target} CCC by device; lowest, median, highest: "
    return Panel(name, label + "; ".join(words), paint, size=(3.9, 2.7))
