"""The metrics by name, and several of them together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fedser.errors import ConfigError
from fedser.metrics.metric import Metric, Series
from fedser.plugins import Registry

METRICS: Registry[type[Metric]] = Registry(
    "metrics",
    "metric",
    {
        "ccc": "fedser.metrics.concordance:Concordance",
        "uar": "fedser.metrics.recall:Recall",
        "rmse": "fedser.metrics.rmse:RootMeanSquaredError",
    },
)
"""The metrics by the name used in configurations and in `scores.csv`."""

DEFAULT_METRICS = ("ccc", "uar")
"""The paper's."""


@dataclass(frozen=True)
class Scoreboard:
    """Some metrics of the same predictions, in the order of a configuration."""

    names: tuple[str, ...] = DEFAULT_METRICS

    @classmethod
    def of(cls, names: Sequence[str]) -> "Scoreboard":
        """Return a board; raises ConfigError for an unknown metric, one named twice, or a board without CCC.

        Early stopping, forgetting and the figures are about CCC.
        """
        for name in names:
            METRICS.find(name, "metrics")
            if list(names).count(name) > 1:
                raise ConfigError(f'metrics: "{name}" is given twice')
        if "ccc" not in names:
            raise ConfigError('metrics: "ccc" is missing; tables and figures of forgetting are about it')
        return cls(tuple(names))

    def score(self, prediction: Series, label: Series) -> dict[str, float]:
        """Return the score of n ≥ 1 predictions by metric."""
        return {name: METRICS[name].score(prediction, label) for name in self.names}

    def statistics(self, prediction: Series, label: Series) -> list[float]:
        """Return the statistics of all metrics, one after the other."""
        return [number for name in self.names for number in METRICS[name].statistics(prediction, label)]

    def pooled(self, one: Sequence[float], other: Sequence[float]) -> list[float]:
        """Return the statistics of two sets of utterances together."""
        parts = zip(self.names, self._parts(one), self._parts(other), strict=True)
        return [number for name, a, b in parts for number in METRICS[name].pooled(a, b)]

    def values(self, statistics: Sequence[float]) -> dict[str, float]:
        """Return the score by metric that statistics stand for; raises ValueError if they are of others."""
        return {
            name: METRICS[name].value(part) for name, part in zip(self.names, self._parts(statistics), strict=True)
        }

    def fits(self, statistics: Sequence[float], label: Series) -> bool:
        """Return whether statistics can be those of some predictions for these labels."""
        if len(statistics) != sum(METRICS[name].size for name in self.names):
            return False
        if not all(map(math.isfinite, statistics)):
            return False
        parts = zip(self.names, self._parts(statistics), strict=True)
        try:
            return all(METRICS[name].fits(part, label) for name, part in parts)
        except ValueError:
            return False

    def _parts(self, statistics: Sequence[float]) -> list[list[float]]:
        sizes = [METRICS[name].size for name in self.names]
        if len(statistics) != sum(sizes):
            raise ValueError(
                f"the metrics {', '.join(self.names)} need {sum(sizes)} numbers, got {len(statistics)}"
            )
        starts = [sum(sizes[:k]) for k in range(len(sizes))]
        return [list(statistics[start : start + size]) for start, size in zip(starts, sizes, strict=True)]
