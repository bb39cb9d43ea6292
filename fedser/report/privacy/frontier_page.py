"""report.html of `fedser privacy frontier`: utility and leakage against ε, one row for each memory capacity."""

from pathlib import Path

import pandas as pd

from fedser.report.figures.arm_style import swatch
from fedser.report.privacy.frontier_figures import frontier_panel
from fedser.report.privacy.tables import epsilon_text, frontier_tables
from fedser.report.template import write_page
from fedser.results.arms import Arm
from fedser.results.numerals import decimal

PANELS = {
    "ccc": ("Activation CCC, global model", None),
    "forgetting": ("Forgetting, activation CCC", None),
    "gender_uar": ("Gender inference, UAR", 0.5),
    "membership_auc": ("Membership of the memory, AUC", 0.5),
}
"""Measure → what is drawn of it, and its chance level."""


def write_frontier_page(folder: Path, cells: pd.DataFrame) -> Path:
    """Write report.html from the rows of frontier.csv and return its path; the same rows give the same bytes."""
    pairs = cells[["method", "memory"]].drop_duplicates().itertuples(index=False)
    arms = [Arm(str(method), str(memory)) for method, memory in pairs]
    rows = []
    for capacity in sorted(cells["capacity"].unique()):
        # What keeps no memory does not depend on its capacity, and is run once.
        shown = cells[(cells["capacity"] == capacity) | (cells["memory"] == "none")]
        panels = [
            frontier_panel(shown, arms, measure, f"{measure}-{capacity}", title, chance)
            for measure, (title, chance) in PANELS.items()
        ]
        rows.append({"capacity": capacity, "panels": panels})
    content = {
        "folder": folder.name,
        "headline": _headline(cells),
        "rows": rows,
        "seeds": cells["seed"].nunique(),
        "legend": [{"label": arm.label, "swatch": swatch(arm, arms, f"legend-{k}")} for k, arm in enumerate(arms)],
        "table": frontier_tables(cells)[0],
        "config": (folder / "config.toml").read_text(encoding="utf-8"),
    }
    return write_page(folder, "privacy/frontier.html", content)


def _headline(cells: pd.DataFrame) -> list[str]:
    """Return the means over arms, capacities and seeds at both ends of the noise."""
    means = cells.groupby("noise_multiplier")[[*PANELS, "epsilon"]].mean()
    ends = [means.loc[means.index.min()], means.loc[means.index.max()]]
    noises = [means.index.min(), means.index.max()]
    return [
        f"Noise {noise:g} (ε {epsilon_text(end['epsilon'])}): activation CCC {decimal(end['ccc'])}, forgetting "
        f"{decimal(end['forgetting'])}, gender UAR {decimal(end['gender_uar'])}, memory AUC "
        f"{decimal(end['membership_auc'])}, means over all arms."
        for noise, end in zip(noises, ends, strict=True)
    ]
