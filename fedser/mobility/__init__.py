"""Who is where when, whose device it is, and what its owner says there: pure numpy, no learning in it."""

from fedser.mobility.availability import Availability
from fedser.mobility.dwell import Dwell
from fedser.mobility.kinds import MOBILITY
from fedser.mobility.mobility import Mobility, Paths, Surroundings
from fedser.mobility.options import MobilityOptions
from fedser.mobility.owners import share_out
from fedser.mobility.planning import Itinerary, check, plan
from fedser.mobility.ramp import Ramp
from fedser.mobility.reserve import Reserve, reserve_speakers
from fedser.mobility.statistics import dwell_lengths, transition_counts
from fedser.mobility.stream import Spoken, Stream, StreamOptions

__all__ = [
    "MOBILITY",
    "Availability",
    "Dwell",
    "Itinerary",
    "Mobility",
    "MobilityOptions",
    "Paths",
    "Ramp",
    "Reserve",
    "Spoken",
    "Stream",
    "StreamOptions",
    "Surroundings",
    "check",
    "dwell_lengths",
    "plan",
    "reserve_speakers",
    "share_out",
    "transition_counts",
]
