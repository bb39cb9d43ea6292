"""report.html of `fedser privacy frontier`: utility and leakage against ε, one row for each memory capacity."""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.protocol.arms import MODES, Arm, arms_of
from fedser.report.figures.arm_style import style_of, swatch
from fedser.report.privacy.frontier_figures import frontier_panel
from fedser.report.template import write_page
from fedser.results.numerals import decimal
from fedser.results.privacy.frontier_tables import epsilon_text, frontier_tables

PANELS = {
    "ccc": ("Activation CCC, global model", None),
    "forgetting": ("Forgetting, activation CCC", None),
    "gender_uar": ("Gender inference, UAR", 0.5),
    "membership_auc": ("Membership of the memory, AUC", 0.5),
}
"""Measure → what is drawn of it, and its chance level."""


def write_frontier_page(folder: Path, cells: pd.DataFrame) -> Path:
    """Write report.html from the rows of frontier.csv and return its path; the same rows give the same bytes."""
    arms = list(dict.fromkeys(arms_of(cells)))
    content = {
        "folder": folder.name,
        "headline": _headline(cells),
        "rows": list(_rows(cells, arms)),
        "seeds": cells["seed"].nunique(),
        "legend": [{"label": arm.label, "swatch": swatch(arm, arms, f"legend-{k}")} for k, arm in enumerate(arms)],
        "table": frontier_tables(cells)[0],
        "config": (folder / "config.toml").read_text(encoding="utf-8"),
    }
    return write_page(folder, "privacy/frontier.html", content)


def _rows(cells: pd.DataFrame, arms: Sequence[Arm]) -> Iterator[dict[str, Any]]:
    """Yield what is drawn in a row: arms of one mode and rule, whose methods and memories tell them apart."""
    groups = list(dict.fromkeys((arm.mode, arm.rule) for arm in arms))
    pairs = product(groups, sorted(cells["capacity"].unique()))
    for number, ((mode, rule), capacity) in enumerate(pairs):
        group = {arm: style_of(arm, arms) for arm in arms if (arm.mode, arm.rule) == (mode, rule)}
        # What keeps no memory does not depend on its capacity, and is run once.
        shown = cells[(cells["capacity"] == capacity) | (cells["memory"] == "none")]
        panels = [
            frontier_panel(shown, group, measure, f"{measure}-{number}", title, chance)
            for measure, (title, chance) in PANELS.items()
        ]
        said = f"{MODES.get(mode, mode)}{f' @{rule}' if rule else ''}: " if len(groups) > 1 else ""
        yield {"number": number, "heading": said, "capacity": capacity, "panels": panels}


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
