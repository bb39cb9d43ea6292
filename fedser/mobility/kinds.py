"""The kinds of mobility. To add one: a file with a `Mobility`, its test, and its line here."""

from fedser.mobility.mobility import Mobility
from fedser.plugins import Registry

MOBILITY: Registry[type[Mobility]] = Registry(
    "mobility",
    "kind of mobility",
    {
        "static": "fedser.mobility.static:Static",
        "schedule": "fedser.mobility.schedule:Schedule",
        "semi-markov": "fedser.mobility.semi_markov:SemiMarkov",
        "trace": "fedser.mobility.trace:Trace",
        "commute": "fedser.mobility.commute:Commute",
    },
)
"""The kinds by the name used in `[mobility] kind`; the options of each stand in the section of its name."""
