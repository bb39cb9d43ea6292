"""What a measure comes to at every ε: a line for each arm, a band over the seeds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fedser.protocol.arms import Arm
from fedser.report.figures.arm_style import ArmStyle
from fedser.report.figures.panel import MUTED, Panel
from fedser.results.privacy.frontier_tables import epsilon_text


def frontier_panel(
    cells: pd.DataFrame, arms: Mapping[Arm, ArmStyle], measure: str, name: str, title: str, chance: float | None
) -> Panel:
    """Return means over the seeds, bands of ± one deviation, against ε; no noise stands on the right."""
    epsilons = cells.groupby("noise_multiplier")["epsilon"].max().sort_values(kind="stable")
    place = {noise: k for k, noise in enumerate(epsilons.index.tolist())}

    def paint(axes: Axes) -> None:
        for arm, style in arms.items():
            _line(axes, arm.rows_of(cells), measure, place, style)
        if chance is not None:
            axes.axhline(chance, color=MUTED, linestyle=(0, (3, 1.5)), linewidth=1)
        axes.set_xticks(range(len(epsilons)), [epsilon_text(value) for value in epsilons])
        axes.set_xlabel("ε")
        axes.set_title(title)

    found = "; ".join(
        f"{arm.name} at ε {epsilon_text(part['epsilon'].max())}: {part[measure].mean():.3f}"
        for arm in arms
        for _, part in arm.rows_of(cells).groupby("noise_multiplier", sort=False)
    )
    return Panel(name, f"{title}: {found}", paint)


def _line(axes: Axes, cells: pd.DataFrame, measure: str, place: dict[float, int], style: ArmStyle) -> None:
    points = []
    for _, group in cells.groupby("noise_multiplier"):
        values = group[measure].dropna().to_numpy(dtype=np.float64)
        if len(values):
            deviation = values.std(ddof=1) if len(values) > 1 else 0.0
            points.append((place[float(group["noise_multiplier"].iloc[0])], values.mean(), deviation))
    if not points:
        return
    x, mean, deviation = np.array(sorted(points)).T
    axes.fill_between(x, mean - deviation, mean + deviation, color=style.colour, alpha=0.15, linewidth=0)
    axes.plot(x, mean, color=style.colour, linestyle=style.dash, marker=style.marker, markersize=4, linewidth=1.5)
