"""The metrics of a run, as its scores have them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fedser.errors import RunError
from fedser.metrics import METRICS


def metrics_of(scores: pd.DataFrame) -> tuple[str, ...]:
    """Return the metrics in the order of the rows, which is that of the config."""
    return tuple(str(name) for name in dict.fromkeys(scores["metric"]))


def metric_title(name: str) -> str:
    """Return how tables write a metric; its name where it is not known here, as of another's run."""
    return METRICS[name].title if name in METRICS else name


def higher_is_better(name: str) -> bool:
    """Return whether more of a metric is better, as of one that is not known here."""
    return METRICS[name].higher_is_better if name in METRICS else True


def check_values(scores: pd.DataFrame, path: Path) -> None:
    """Raise RunError at the first score that no predictions could have, such as a CCC of 99."""
    for name, rows in scores.groupby("metric", sort=False):
        metric = METRICS.get(str(name))
        values = rows["value"]
        if metric and not (found := values[~values.between(metric.least - _EDGE, metric.most + _EDGE)]).empty:
            raise RunError(
                f"{path}: line {found.index[0] + 2}: {metric.title} is {found.iloc[0]:g}, expected a number from "
                f"{metric.least:g} to {metric.most:g}; run the experiment again"
            )


_EDGE = 1e-9
"""By so much a score may be rounded beyond its range."""


def listed_titles(names: Sequence[str]) -> str:
    """Return the titles of metrics as a list in a sentence.

    >>> listed_titles(["ccc"]), listed_titles(["ccc", "uar"]), listed_titles(["ccc", "uar", "rmse"])
    ('CCC', 'CCC and UAR', 'CCC, UAR and RMSE')
    """
    *front, last = map(metric_title, names)
    return f"{', '.join(front)} and {last}" if front else last
