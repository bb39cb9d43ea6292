"""From options to an itinerary."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedser.errors import ConfigError, did_you_mean
from fedser.mobility import schedule, semi_markov
from fedser.mobility.availability import Availability
from fedser.mobility.options import MobilityOptions
from fedser.mobility.trace import replay
from fedser.mobility.transitions import transition_matrix
from fedser.seeding import generator


@dataclass(frozen=True, eq=False)
class Itinerary:
    """The plan of a run, by device (from 0) and round (round r is column r − 1).

    places: (devices, rounds), the index of the environment where the device is.
    available: (devices, rounds), whether the device can take part.
    """

    places: NDArray[np.int64]
    available: NDArray[np.bool_]

    @property
    def arrivals(self) -> NDArray[np.bool_]:
        """(devices, rounds): whether the round is the first of a stay; round 1 always is."""
        first = np.ones((len(self.places), 1), dtype=bool)
        return np.hstack([first, self.places[:, 1:] != self.places[:, :-1]])


def opening_rounds(withheld: Mapping[str, int], environments: Sequence[str]) -> NDArray[np.int64]:
    """Return (environments,), the first round in which each may be entered.

    Raises ConfigError for an unknown environment, or if none is open in round 1.
    """
    for name in withheld:
        if name not in environments:
            raise ConfigError(
                f'[mobility]: withheld names the unknown environment "{name}"{did_you_mean(name, environments)}'
            )
    opens = np.array([withheld.get(name, 1) for name in environments], dtype=np.int64)
    if (opens > 1).all():
        raise ConfigError("[mobility]: withheld leaves no environment open in round 1; leave one out of it")
    return opens


def plan(
    options: MobilityOptions,
    environments: Sequence[str],
    devices: int,
    rounds: int,
    seed: int,
    root: Path | None = None,
) -> Itinerary:
    """Return where every device is in every round.

    A device's path depends on the seed and its number alone: not on how many devices there are, and a longer
    run begins with the shorter one. A trace with a relative name lies below `root`.

    Raises ConfigError for an environment that is not among `environments`, and for a faulty trace.
    """
    check(options, environments)
    opens = opening_rounds(options.withheld, environments)
    available = np.empty((devices, rounds), dtype=bool)
    for device in range(devices):
        available[device] = options.availability.draw(rounds, generator(seed, "device", device, "availability"))
    if options.kind == "trace":
        file = (root or Path()) / (options.file or "")
        places, recorded = replay(file, environments, devices, rounds, opens)
        return Itinerary(places, available if recorded is None else _recorded_alone(options, recorded))
    places = np.empty((devices, rounds), dtype=np.int64)
    for device in range(devices):
        places[device] = _path(options, environments, opens, device, rounds, seed)
    return Itinerary(places, available)


def check(options: MobilityOptions, environments: Sequence[str]) -> None:
    """Raise ConfigError if the options do not fit the environments; a trace is read only by `plan`."""
    twice = [name for name, count in Counter(environments).items() if count > 1]
    if twice:
        raise ConfigError(f'two environments are named "{twice[0]}"; give each a name of its own')
    if "random" in environments:
        raise ConfigError('an environment cannot be named "random": start = "random" means any; rename it')
    opens = opening_rounds(options.withheld, environments)
    for key, names in {"schedule": options.schedule, "dwell_in": options.dwell_in}.items():
        for name in names:
            _index(name, environments, key)
    if options.schedule and all(opens[environments.index(name)] > 1 for name in options.schedule):
        raise ConfigError("[mobility]: withheld leaves no environment of the schedule open in round 1")
    if options.start != "random" and opens[_index(options.start, environments, "start")] > 1:
        raise ConfigError(f'[mobility]: start = "{options.start}" is withheld in round 1; start elsewhere')
    if options.kind == "semi-markov":
        transition_matrix(options.transitions, environments)


def _path(
    options: MobilityOptions,
    environments: Sequence[str],
    opens: NDArray[np.int64],
    device: int,
    rounds: int,
    seed: int,
) -> NDArray[np.int64]:
    """Return the environment of each round, (rounds,), of one device."""
    if options.kind == "schedule":
        items = [environments.index(name) for name in options.schedule]
        return schedule.follow(items, options.stay, device if options.stagger else 0, opens, rounds)
    stream = generator(seed, "device", device, "mobility")
    if options.start == "random":
        start = int(stream.choice(np.flatnonzero(opens <= 1)))
    else:
        start = environments.index(options.start)
    if options.kind == "static":
        return np.full(rounds, start, dtype=np.int64)
    matrix = transition_matrix(options.transitions, environments)
    dwells = [options.dwell_of(name) for name in environments]
    return semi_markov.walk(start, matrix, dwells, opens, rounds, stream)


def _index(name: str, environments: Sequence[str], key: str) -> int:
    if name not in environments:
        raise ConfigError(
            f'[mobility]: {key} names the unknown environment "{name}"{did_you_mean(name, environments)}'
        )
    return environments.index(name)


def _recorded_alone(options: MobilityOptions, recorded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if options.availability != Availability():
        raise ConfigError(
            "[mobility]: availability is given, but the trace has a column available too; leave out one of them"
        )
    return recorded
