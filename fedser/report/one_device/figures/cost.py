"""Cost against score: what an arm's training time buys."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from fedser.report.figures.arm_style import style_of
from fedser.report.figures.panel import Panel
from fedser.results.numerals import decimal
from fedser.results.one_device.comparisons import transfer
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.cost import seconds


def cost_against_score(run: RunResults, target: str, name: str) -> Panel:
    """Return the seconds of all stages after the first against the average CCC at the end, one point an arm."""
    several = len(run.stages) > 1
    points = {
        arm: (seconds(run, arm, after_first=several), transfer(run, arm, target, "ccc")["average"])
        for arm in run.arms
        if "average" in transfer(run, arm, target, "ccc")
    }
    words = "; ".join(
        f"{arm.label} {s:.0f} s, CCC {decimal(float(v.mean()), 2)}" for arm, (s, v) in points.items()
    )
    times = [s for s, _ in points.values()]

    def paint(axes: Axes) -> None:
        for arm, (time, values) in points.items():
            style, std = style_of(arm, run.arms), np.std(values, ddof=1) if len(values) > 1 else 0.0
            axes.errorbar(
                time, values.mean(), yerr=std, color=style.colour, marker=style.marker, markersize=6, lw=1
            )
        if min(times) > 0 and max(times) / min(times) > 8:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(f"seconds of training{' after the first stage' if several else ''}, mean over seeds")
        axes.set_ylabel(f"average {target} CCC at the end")

    return Panel(name, f"Training time against average {target} CCC: {words}", paint, size=(4.6, 3.0))
