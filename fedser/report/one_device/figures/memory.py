"""Ways of filling the memory: the score on one environment after the last stage, by sampling."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from fedser.report.figures.arm_style import style_of
from fedser.report.figures.axes import name_ticks, shortened
from fedser.report.figures.panel import Panel
from fedser.results.arms import Arm
from fedser.results.numerals import decimal
from fedser.results.one_device.run import RunResults


def memory_panel(run: RunResults, j: int, target: str, arms: Sequence[Arm], name: str) -> Panel:
    """Return the CCC on environment j at the end, ± one deviation: samplings across, methods side by side."""
    environment = run.environments[j]
    samplings = list(dict.fromkeys(arm.memory for arm in arms))
    methods = list(dict.fromkeys(arm.method for arm in arms))
    ends = {arm: run.R(arm, target, "ccc")[:, -1, j] for arm in arms}
    words = "; ".join(f"{arm.label} {decimal(float(values.mean()), 2)}" for arm, values in ends.items())

    def paint(axes: Axes) -> None:
        for arm, values in ends.items():
            style = style_of(arm, run.arms)
            aside = 0.24 * (methods.index(arm.method) - (len(methods) - 1) / 2)
            std = float(np.std(values, ddof=1)) if len(values) > 1 else None
            place = samplings.index(arm.memory) + aside
            axes.errorbar(
                place,
                values.mean(),
                yerr=std,
                color=style.colour,
                marker=style.marker,
                markersize=5,
                elinewidth=1.2,
            )
        axes.set_xlim(-0.5, len(samplings) - 0.5)
        name_ticks(axes, samplings)
        axes.set_title(shortened(environment))
        axes.set_ylabel(f"{target} CCC at the end")
        axes.grid(visible=False, axis="x")

    return Panel(name, f"{target.capitalize()} CCC on {environment} after the last stage: {words}", paint)
