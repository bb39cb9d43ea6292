"""Predictions against labels: one arm on one environment, after the last stage."""

from matplotlib.axes import Axes

from fedser.metrics import ccc
from fedser.report.figures.arm_style import style_of
from fedser.report.figures.axes import shortened
from fedser.report.figures.panel import INK, MUTED, Panel
from fedser.results.arms import Arm
from fedser.results.numerals import decimal
from fedser.results.one_device.run import RunResults
from fedser.seeding import generator

MOST = 250
"""So many points are drawn, chosen at random; CCC is of all."""


def prediction_panel(run: RunResults, arm: Arm, environment: str, target: str, name: str) -> Panel | None:
    """Return labels (across) against predictions (up) of the first seed; None if there are none."""
    rows = run.predictions[
        (run.predictions["method"] == arm.method)
        & (run.predictions["memory"] == arm.memory)
        & (run.predictions["environment"] == environment)
    ]
    if rows.empty:
        return None
    value = decimal(ccc(rows[f"predicted_{target}"], rows[target]), 2)
    label = f"{arm.label} on {environment}: {target} CCC {value} over {len(rows)} test utterances"
    chosen = generator(0, "report", name).permutation(len(rows))[:MOST]
    shown, colour = rows.iloc[sorted(chosen)], style_of(arm, run.arms).colour

    def paint(axes: Axes) -> None:
        axes.plot([-1, 1], [-1, 1], color=MUTED, linewidth=0.8, linestyle=(0, (3, 2)))
        axes.scatter(shown[target], shown[f"predicted_{target}"], s=7, color=colour, alpha=0.5, linewidths=0)
        axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal")
        axes.set_title(f"{shortened(environment)} · CCC {value}", color=INK)
        axes.set_xlabel("label")
        axes.set_ylabel("prediction")

    return Panel(name, label, paint, size=(2.2, 2.2), place=(0.2, 0.18, 0.75, 0.72))
