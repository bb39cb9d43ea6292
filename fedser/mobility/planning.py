"""From options to an itinerary: what all kinds of mobility share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.errors import ConfigError, did_you_mean
from fedser.mobility.availability import Availability
from fedser.mobility.mobility import Mobility, Surroundings
from fedser.mobility.options import MobilityOptions
from fedser.seeding import generator
from fedser.whole_files import write_array


@dataclass(frozen=True, eq=False)
class Itinerary:
    """The plan of a run, by device (from 0) and round (round r is column r − 1).

    places: (devices, rounds), the index of the environment where the device is.
    available: (devices, rounds), whether the device can take part.
    """

    places: NDArray[np.integer[Any]]
    available: NDArray[np.bool_]

    def write(self, folder: Path) -> None:
        """Write it down, for `read`."""
        for name, array in (("places", self.places), ("available", self.available)):
            write_array(folder / f"{name}.npy", array, durable=False)

    @classmethod
    def read(cls, folder: Path) -> "Itinerary | None":
        """Return what was written down, mapped and not loaded: all processes share it. None where nothing was."""
        if not (folder / "available.npy").exists():
            return None
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("places", "available")))

    @property
    def arrivals(self) -> NDArray[np.bool_]:
        """(devices, rounds): whether the round is the first of a stay; round 1 always is."""
        first = np.ones((len(self.places), 1), dtype=bool)
        return np.hstack([first, self.places[:, 1:] != self.places[:, :-1]])


def check(options: MobilityOptions, kind: Mobility, environments: Sequence[str]) -> None:
    """Raise ConfigError if the options do not fit the environments; files of the kind are read only by `plan`."""
    kind.check(_surroundings(options.withheld, environments))


def plan(
    options: MobilityOptions,
    kind: Mobility,
    environments: Sequence[str],
    devices: int,
    rounds: int,
    seed: int,
    folder: Path | None = None,
) -> Itinerary:
    """Return where every device is in every round.

    A device's path depends on the seed and its number alone: not on how many devices there are, and a longer
    run begins with the shorter one. Files of the kind with a relative name lie below `folder`.

    Raises ConfigError for options that do not fit, a faulty file, and a kind that breaks its promises.
    """
    surroundings = _surroundings(options.withheld, environments)
    kind.check(surroundings)
    paths = kind.paths(surroundings, devices, rounds, seed, folder or Path())
    _refuse_broken_paths(kind.name, paths.places, surroundings, (devices, rounds))
    places = paths.places.astype(np.int16)  # two bytes a device and round, and there may be 10⁸ of these
    if paths.available is not None:
        if options.availability != Availability():
            raise ConfigError(
                f"[mobility]: availability is given, but [{kind.name}] says who is available too; "
                "leave out one of them"
            )
        return Itinerary(places, paths.available)
    available = np.ones((devices, rounds), dtype=bool)
    for device in range(devices) if options.availability != Availability() else ():
        available[device] = options.availability.draw(rounds, generator(seed, "device", device, "availability"))
    return Itinerary(places, available)


def _surroundings(withheld: Mapping[str, int], environments: Sequence[str]) -> Surroundings:
    """Return the environments with their first rounds; raises ConfigError if none is open in round 1."""
    for name in withheld:
        if name not in environments:
            raise ConfigError(
                f'[mobility]: withheld names the unknown environment "{name}"{did_you_mean(name, environments)}'
            )
    opens = np.array([withheld.get(name, 1) for name in environments], dtype=np.int64)
    if (opens > 1).all():
        raise ConfigError("[mobility]: withheld leaves no environment open in round 1; leave one out of it")
    return Surroundings(environments, opens)


def _refuse_broken_paths(
    name: str, places: NDArray[np.integer[Any]], surroundings: Surroundings, shape: tuple[int, int]
) -> None:
    """Raise ConfigError where a kind, perhaps one from outside, leads nowhere or into what is withheld."""
    if places.shape != shape:
        raise ConfigError(f'mobility "{name}": paths of shape {places.shape}, expected {shape}, devices × rounds')
    if places.min() < 0 or places.max() >= len(surroundings.names):
        raise ConfigError(
            f'mobility "{name}": its paths hold {places.min()} to {places.max()}, '
            f"but environments count from 0 to {len(surroundings.names) - 1}"
        )
    early = np.zeros(shape[0], dtype=bool)
    for environment, opens in enumerate(surroundings.opens.tolist()):
        early |= (places[:, : opens - 1] == environment).any(axis=1)
    if early.any():
        device = int(np.argmax(early))
        before = int(np.argmax(surroundings.opens[places[device]] > np.arange(1, shape[1] + 1)))
        place = places[device, before]
        raise ConfigError(
            f'mobility "{name}": device {device} enters "{surroundings.names[place]}" in round {before + 1}, '
            f"but it is withheld until round {surroundings.opens[place]}"
        )
