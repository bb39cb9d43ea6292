"""report.html of `fedser privacy frontier`: utility and leakage against ε, one row for each memory capacity."""

from pathlib import Path

import pandas as pd

from fedser.report.privacy.frontier_drawings import PANELS, frontier_drawings, rows_of
from fedser.report.template import write_page
from fedser.results.numerals import decimal
from fedser.results.privacy import FrontierRun, frontier_tables
from fedser.results.privacy.frontier_tables import epsilon_text


def write_frontier_page(run: FrontierRun) -> Path:
    """Write report.html into the run's folder and return its path; the same cells give the same bytes."""
    rows = rows_of(run)
    several = len({row.arms for row in rows}) > 1
    content = {
        "folder": run.folder.name,
        "headline": _headline(run.cells),
        "rows": [
            {"name": row.name, "heading": f"{row.arms}: " if several else "", "capacity": row.capacity}
            for row in rows
        ],
        "drawings": frontier_drawings(run),
        "seeds": run.cells["seed"].nunique(),
        "table": frontier_tables(run.cells)[0],
        "config": run.config,
    }
    return write_page(run.folder, "privacy/frontier.html", content)


def _headline(cells: pd.DataFrame) -> list[str]:
    """Return the means over arms, capacities and seeds at both ends of the noise."""
    means = cells.groupby("noise_multiplier")[[*PANELS, "epsilon"]].mean()
    ends = [means.loc[means.index.min()], means.loc[means.index.max()]]
    noises = [means.index.min(), means.index.max()]
    return [
        f"Noise {noise:g} (ε {epsilon_text(end['epsilon'])}): activation CCC {decimal(end['ccc'])}, forgetting "
        f"{decimal(end['forgetting'])}, gender UAR {decimal(end['gender_uar'])}, memory AUC by row space "
        f"{decimal(end['row_space_auc'])}, by LiRA {decimal(end['lira_auc'])}, means over all arms."
        for noise, end in zip(noises, ends, strict=True)
    ]
