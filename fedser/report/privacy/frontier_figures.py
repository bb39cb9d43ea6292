"""What a measure comes to at every ε: a line for each arm, a band over the seeds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fedser.protocol.arms import Arm
from fedser.report.figures.arm_style import ArmStyle
from fedser.report.figures.panel import MUTED, Panel
from fedser.results.privacy.frontier_tables import epsilon_text
from fedser.results.privacy.leaks import LEAKS, over_seeds

CHANCE = 0.5
"""Of all that attacks of a frontier find."""


def frontier_panel(
    cells: pd.DataFrame, arms: Mapping[Arm, ArmStyle], measure: str, name: str, title: str
) -> Panel:
    """Return means over the seeds against ε; no noise stands on the right.

    Bands are ± one deviation over the seeds, or what an attack found the mean 95 % interval over speakers.
    """
    epsilons = cells.groupby("noise_multiplier")["epsilon"].max().sort_values(kind="stable")
    place = {noise: k for k, noise in enumerate(epsilons.index.tolist())}

    def paint(axes: Axes) -> None:
        for arm, style in arms.items():
            _line(axes, arm.rows_of(cells), measure, place, style)
        if measure in LEAKS:
            axes.axhline(CHANCE, color=MUTED, linestyle=(0, (3, 1.5)), linewidth=1)
        axes.set_xticks(range(len(epsilons)), [epsilon_text(value) for value in epsilons])
        axes.set_xlabel("ε")
        axes.set_title(title)

    found = "; ".join(
        f"{arm.name} at ε {epsilon_text(part['epsilon'].max())}: {part[measure].mean():.3f}"
        for arm in arms
        for _, part in arm.rows_of(cells).groupby("noise_multiplier", sort=False)
    )
    return Panel(name, f"{title}: {found}", paint)


def telling_panel(cells: pd.DataFrame, arms: Mapping[Arm, ArmStyle], measure: str, name: str, title: str) -> Panel:
    """Return what an attack finds against what is forgotten: a path for each arm, its mark at the least noise.

    Whoever remembers most and tells least is at the lower left.
    """
    paths = {}
    for arm in arms:
        groups = arm.rows_of(cells).groupby("noise_multiplier")
        points = [(group["forgetting"].mean(), over_seeds(group, measure)[0]) for _, group in groups]
        paths[arm] = np.array([point for point in points if np.isfinite(point).all()]).reshape(-1, 2)

    def paint(axes: Axes) -> None:
        for arm, style in arms.items():
            x, y = paths[arm].T
            axes.plot(x, y, color=style.colour, linestyle=style.dash, linewidth=1)
            axes.plot(x[:1], y[:1], color=style.colour, marker=style.marker, markersize=6, linestyle="none")
        axes.axhline(CHANCE, color=MUTED, linestyle=(0, (3, 1.5)), linewidth=1)
        axes.set_xlabel("forgetting, activation CCC")
        axes.set_title(title)

    found = "; ".join(
        f"{arm.name}: {', '.join(f'{y:.3f} at a forgetting of {x:.3f}' for x, y in path)}"
        for arm, path in paths.items()
    )
    return Panel(name, f"{title}, against forgetting: {found}", paint)


def _line(axes: Axes, cells: pd.DataFrame, measure: str, place: dict[float, int], style: ArmStyle) -> None:
    points = []
    for _, group in cells.groupby("noise_multiplier"):
        mean, low, high = over_seeds(group, measure) if measure in LEAKS else _deviation(group[measure])
        if np.isfinite(mean):
            points.append((place[float(group["noise_multiplier"].iloc[0])], mean, low, high))
    if not points:
        return
    x, mean, low, high = np.array(sorted(points)).T
    axes.fill_between(x, low, high, color=style.colour, alpha=0.15, linewidth=0)
    axes.plot(x, mean, color=style.colour, linestyle=style.dash, marker=style.marker, markersize=4, linewidth=1.5)


def _deviation(values: "pd.Series[float]") -> tuple[float, float, float]:
    """Return the mean over the seeds that have one, less and plus one deviation."""
    known = values.dropna().to_numpy(dtype=np.float64)
    if not len(known):
        return (np.nan,) * 3
    mean, deviation = float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0
    return mean, mean - deviation, mean + deviation
