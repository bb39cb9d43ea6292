"""The metrics of a run, as its scores have them."""

from collections.abc import Sequence

import pandas as pd

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


def listed_titles(names: Sequence[str]) -> str:
    """Return the titles of metrics as a list in a sentence.

    >>> listed_titles(["ccc"]), listed_titles(["ccc", "uar"]), listed_titles(["ccc", "uar", "rmse"])
    ('CCC', 'CCC and UAR', 'CCC, UAR and RMSE')
    """
    *front, last = map(metric_title, names)
    return f"{', '.join(front)} and {last}" if front else last
