"""How many utterances of each corpus the paper had (its Table 1), for comparison."""

from types import MappingProxyType

COUNTS = MappingProxyType(
    {
        "msp-podcast": {"train": 40727, "validation": 7012, "test": 13903},
        "msp-improv": {"train": 4257, "validation": 1156, "test": 1227},
        "iemocap": {"train": 4847, "validation": 1723, "test": 1657},
    }
)
"""Tavernor et al. (2023), Table 1: corpus → split → utterances."""

NOTES = MappingProxyType(
    {
        "msp-podcast": "the paper had release 1.8",
        "iemocap": "the paper's counts fit limits of 2–15 s and cannot be reached with its 3–30 s",
    }
)
"""What explains a difference."""
