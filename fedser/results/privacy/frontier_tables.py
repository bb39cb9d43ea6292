"""What every noise and capacity gave each arm, as a table."""

import math

import pandas as pd

from fedser.protocol.arms import arms_of
from fedser.results.numerals import NONE
from fedser.results.privacy.leaks import LEAKS, leak_text
from fedser.results.table import Row, Score, Table

MEASURES = {"ccc": "CCC", "forgetting": "forgetting"}
"""What learning came to, of frontier.csv, and how the table heads it."""


def frontier_tables(cells: pd.DataFrame) -> list[Table]:
    """Return what every noise and capacity gave each arm: means ± deviations over the seeds."""
    blocks: dict[str, list[Row]] = {}
    named = cells.assign(arm=[arm.label for arm in arms_of(cells)])
    keys = ["arm", "memory", "capacity", "noise_multiplier"]
    for (arm, memory, capacity, noise), group in named.groupby(keys, sort=False):
        kept = NONE if memory == "none" else str(capacity)
        scores = [_score(group[name]) for name in MEASURES]
        found = [leak_text(group, name) for name in LEAKS]
        row: Row = (str(arm), kept, f"{noise:g}", epsilon_text(group["epsilon"].max()), *scores, *found)
        blocks.setdefault(f"{arm} {kept}", []).append(row)
    return [
        Table(
            key="1",
            title="Privacy against what it costs",
            caption=(
                f"Means ± deviations over {cells['seed'].nunique()} seeds; of attacks, means of estimates and of "
                "95 % intervals over speakers; ε: the largest of the seeds."
            ),
            groups=(),
            header=("arm", "capacity", "noise", "ε", *MEASURES.values(), *LEAKS.values()),
            blocks=tuple(tuple(block) for block in blocks.values()),
            notes=("Chance is .5 for the gender UAR and for the AUCs.",),
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
