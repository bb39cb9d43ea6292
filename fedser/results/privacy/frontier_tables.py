"""What every noise and capacity gave each arm, as a table."""

import math

import pandas as pd

from fedser.protocol.arms import arms_of
from fedser.results.numerals import NONE
from fedser.results.table import Row, Score, Table

MEASURES = {"ccc": "CCC", "forgetting": "forgetting", "gender_uar": "gender UAR", "membership_auc": "memory AUC"}
"""The measures of frontier.csv, and how the table heads them."""


def frontier_tables(cells: pd.DataFrame) -> list[Table]:
    """Return what every noise and capacity gave each arm: means ± deviations over the seeds."""
    blocks: dict[str, list[Row]] = {}
    named = cells.assign(arm=[arm.label for arm in arms_of(cells)])
    keys = ["arm", "memory", "capacity", "noise_multiplier"]
    for (arm, memory, capacity, noise), group in named.groupby(keys, sort=False):
        kept = NONE if memory == "none" else str(capacity)
        scores = [_score(group[name]) for name in MEASURES]
        row: Row = (str(arm), kept, f"{noise:g}", epsilon_text(group["epsilon"].max()), *scores)
        blocks.setdefault(f"{arm} {kept}", []).append(row)
    return [
        Table(
            key="1",
            title="Privacy against what it costs",
            caption=f"Means ± deviations over {cells['seed'].nunique()} seeds; ε: the largest of the seeds.",
            groups=(),
            header=("arm", "capacity", "noise", "ε", *MEASURES.values()),
            blocks=tuple(tuple(block) for block in blocks.values()),
            notes=("Chance is .5 for the gender UAR and for the AUC.",),
            text_columns=1,
        )
    ]


def epsilon_text(value: float) -> str:
    """Return an ε with three digits, `none` without noise, of which nothing is claimed.

    >>> epsilon_text(9.974), epsilon_text(3518.2), epsilon_text(float("inf"))
    ('9.97', '3,520', 'none')
    """
    return f"{float(f'{value:.3g}'):,.10g}" if math.isfinite(value) else "none"


def _score(values: "pd.Series[float]") -> Score:
    known = values.dropna()
    if known.empty:
        return Score(None)
    return Score(float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else None)
