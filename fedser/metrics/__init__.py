"""What a prediction is worth: CCC, UAR over three bins, transfer and forgetting, significance."""

from fedser.metrics.ccc import ccc
from fedser.metrics.significance import Comparison, paired_t_test
from fedser.metrics.transfer import average, bwt, forgetting, fwt, intransigence
from fedser.metrics.uar import bin_levels, uar

__all__ = [
    "Comparison",
    "average",
    "bin_levels",
    "bwt",
    "ccc",
    "forgetting",
    "fwt",
    "intransigence",
    "paired_t_test",
    "uar",
]
