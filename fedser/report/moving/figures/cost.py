"""Cost against score: what memory, computing and traffic buy."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fedser.report.figures.panel import Panel
from fedser.report.moving.figures.look import face_of, look_of, means
from fedser.results.moving import MovingRun
from fedser.results.moving.measures import AVERAGE, FORGETTING
from fedser.results.moving.tables.cost import costs_of, memory_bytes, per_round
from fedser.results.numerals import decimal

Cost = Literal["memory", "compute", "traffic"]

COSTS: tuple[Cost, ...] = ("memory", "compute", "traffic")

_COSTS: dict[Cost, tuple[str, Callable[[pd.DataFrame], float]]] = {
    "memory": ("kB of memory on a device", lambda costs: memory_bytes(costs) / 1e3),
    "compute": ("GFLOP per device and round", lambda costs: per_round(costs, "flops") / 1e9),
    "traffic": (
        "kB up and down per device and round",
        lambda costs: (per_round(costs, "bytes_up") + per_round(costs, "bytes_down")) / 1e3,
    ),
}


def cost_panel(run: MovingRun, cost: Cost, target: str, name: str) -> Panel:
    """Return one point an arm: memory against forgetting, computing or traffic against the average at the end."""
    measure = FORGETTING if cost == "memory" else AVERAGE
    axis, spend = _COSTS[cost]
    points = {}
    for arm in run.arms:
        values = run.measures[arm, target, "ccc"].by_seed[measure]
        x, y = spend(costs_of(run, arm)), means(values.tolist())
        if np.isfinite([x, y]).all():
            points[arm] = (x, y, float(np.nanstd(values, ddof=1)) if np.isfinite(values).sum() > 1 else 0.0)
    words = "; ".join(f"{arm.label} {x:.4g}, {decimal(y, 2)}" for arm, (x, y, _) in points.items())

    def paint(axes: Axes) -> None:
        for arm, (x, y, std) in points.items():
            look, face = look_of(run, arm), face_of(run, arm)
            axes.errorbar(x, y, std, color=look.colour, mfc=face, marker=look.marker, markersize=6.5, lw=1)
        widest = max((x for x, _, _ in points.values()), default=0.0)
        axes.set_xlim(-0.06 * widest or -0.06, 1.1 * widest or 1.0)
        axes.set_xlabel(axis)
        axes.set_ylabel(f"{target} CCC: {measure}")

    return Panel(
        name, f"{axis} against {measure} of {target} CCC: {words or 'nobody trained'}", paint, size=(3.6, 2.8)
    )
