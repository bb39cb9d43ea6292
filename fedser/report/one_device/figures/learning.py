"""Learning curves: the validation loss of one stage over its epochs."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from fedser.report.figures.arm_style import style_of
from fedser.report.figures.axes import learnt, shortened
from fedser.report.figures.panel import INK, Panel
from fedser.results.arms import Arm
from fedser.results.one_device.run import RunResults


def learning_curves(run: RunResults, i: int, arms: Sequence[Arm], name: str) -> Panel | None:
    """Return one thin line for each arm and seed, a dot on its best epoch; the first stage is the same for all."""
    stage = run.stages[i]
    rows = run.curves[run.curves["stage"] == stage]
    drawn = arms[:1] if i == 0 else arms
    lines = {arm: _of(rows, arm) for arm in drawn if not _of(rows, arm).empty}
    if not lines:
        return None
    lowest = ", ".join(f"{arm.label} {curve['validation_loss'].min():.3f}" for arm, curve in lines.items())
    label = f"Validation loss over epochs, stage {stage}; lowest: {'all arms ' if i == 0 else ''}{lowest}"

    def paint(axes: Axes) -> None:
        for arm, curve in lines.items():
            style = style_of(arm, run.arms)
            colour, dash = (INK, "-") if i == 0 else (style.colour, style.dash)
            for _, one in curve.groupby("seed"):
                epochs, losses = one["epoch"].to_numpy(), one["validation_loss"].to_numpy()
                best = losses.argmin()
                axes.plot(epochs, losses, color=colour, linestyle=dash, linewidth=0.8, alpha=0.7)
                axes.plot([epochs[best]], [losses[best]], "o", color=colour, markersize=3)
        axes.set_title(shortened(learnt(run.environments)[i]))
        axes.set_xlabel("epoch")
        axes.set_ylabel("validation loss")

    return Panel(name, label, paint)


def _of(curves: pd.DataFrame, arm: Arm) -> pd.DataFrame:
    # Where an environment has no labels there is no validation loss to draw.
    mine = (curves["method"] == arm.method) & (curves["memory"] == arm.memory) & curves["validation_loss"].notna()
    return curves[mine]
