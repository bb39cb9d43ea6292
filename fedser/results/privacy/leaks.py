"""What an observer learns in a cell of a frontier: measures of frontier.csv, each between its bounds."""

import pandas as pd

from fedser.results.numerals import NONE, decimal

LEAKS = {
    "gender_uar": "gender UAR",
    "row_space_auc": "memory AUC, row space",
    "lira_auc": "memory AUC, LiRA",
}
"""The measures, and how tables head them; by chance each is .5."""


def bounds_of(measure: str) -> tuple[str, str]:
    """Return the columns of a measure's 95 % interval.

    >>> bounds_of("lira_auc")
    ('lira_auc_low', 'lira_auc_high')
    """
    return f"{measure}_low", f"{measure}_high"


def columns_of(measure: str) -> tuple[str, str, str]:
    """Return the column of a measure and those of its interval."""
    return measure, *bounds_of(measure)


def over_seeds(cells: pd.DataFrame, measure: str) -> tuple[float, float, float]:
    """Return the means over seeds of a measure and of both bounds, NaN where no seed has it.

    The same speakers are attacked in every seed, so their interval does not become narrower by much with more
    seeds; the mean of the intervals is as wide as a single one.
    """
    known = cells[list(columns_of(measure))].dropna(subset=[measure])
    mean, low, high = known.mean().tolist() if len(known) else (float("nan"),) * 3
    return mean, low, high


def leak_text(cells: pd.DataFrame, measure: str) -> str:
    """Return a measure over seeds as tables write it: estimate and 95 % interval."""
    mean, low, high = over_seeds(cells, measure)
    return NONE if mean != mean else f"{decimal(mean)} [{decimal(low)}, {decimal(high)}]"
