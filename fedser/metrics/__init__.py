"""What a prediction is worth: CCC, UAR and other metrics, transfer and forgetting, significance."""

from fedser.metrics.catalogue import DEFAULT_METRICS, METRICS, Scoreboard
from fedser.metrics.ccc import ccc
from fedser.metrics.metric import Metric
from fedser.metrics.significance import Comparison, holm, paired_t_test
from fedser.metrics.transfer import average, bwt, forgetting, fwt, intransigence
from fedser.metrics.uar import bin_levels, uar

__all__ = [
    "DEFAULT_METRICS",
    "METRICS",
    "Comparison",
    "Metric",
    "Scoreboard",
    "average",
    "bin_levels",
    "bwt",
    "ccc",
    "forgetting",
    "fwt",
    "holm",
    "intransigence",
    "paired_t_test",
    "uar",
]
