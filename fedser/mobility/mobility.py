"""How devices move: what every kind of mobility promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fedser.config import Section
from fedser.errors import ConfigError, did_you_mean
from fedser.file_names import existing
from fedser.seeding import generator
from fedser.whole_files import write_bytes


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Where devices can go.

    names: the E environments in the configuration's order; a path holds their indices.
    opens: (E,), the first round in which each may be entered; one at least is open in round 1.
    """

    names: Sequence[str]
    opens: NDArray[np.int64]

    def index(self, name: str, option: str) -> int:
        """Return the index of an environment that an option, such as "[static]: start", names.

        Raises ConfigError for an unknown one.
        """
        if name not in self.names:
            raise ConfigError(f'{option} names the unknown environment "{name}"{did_you_mean(name, self.names)}')
        return self.names.index(name)


@dataclass(frozen=True, eq=False)
class Paths:
    """Where all devices are: (devices, rounds), and whether they can be reached, where the kind itself knows."""

    places: NDArray[np.integer[Any]]
    available: NDArray[np.bool_] | None = None


class Mobility(Section):
    """A kind of mobility, and at once its section of the configuration: [static], [schedule], [semi-markov], …

    A kind overrides `path`, device by device, or `paths` where it knows all devices at once; and `check`.
    """

    extends: ClassVar[str] = "mobility"

    name: ClassVar[str]
    """What `[mobility] kind` calls it."""
    files: ClassVar[tuple[str, ...]] = ()
    """The options that name files, relative to the working folder; they travel with the data of a run."""

    def check(self, surroundings: Surroundings) -> None:
        """Raise ConfigError if the options do not fit the environments; files are read only by `paths`."""

    def path(
        self, surroundings: Surroundings, device: int, rounds: int, stream: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return the environment of each round, (rounds,), of one device (from 0).

        Chance comes from `stream`, the device's own, round after round: a longer run begins with the shorter one.
        """
        raise NotImplementedError(f"{type(self).__name__} defines neither path nor paths")

    def paths(self, surroundings: Surroundings, devices: int, rounds: int, seed: int, folder: Path) -> Paths:
        """Return the paths of all devices; files with a relative name lie below `folder`.

        Raises ConfigError for a faulty file.
        """
        places = np.empty((devices, rounds), dtype=np.int32)
        for device in range(devices):
            stream = generator(seed, "device", device, "mobility")
            places[device] = self.path(surroundings, device, rounds, stream)
        return Paths(places)

    def named_files(self) -> dict[str, str]:
        """Return the files that options name, by option."""
        given = {option: getattr(self, option) for option in self.files}
        return {option: name for option, name in given.items() if name is not None}

    def carried(self, folder: Path) -> Self:
        """Copy its files into `folder`, and return it with their names there.

        Raises ConfigError for a file that cannot be read.
        """
        names = {}
        for option, given in self.named_files().items():
            names[option] = f"{self.name}/{option}/{Path(given).name}"
            try:
                content = existing(Path(given)).read_bytes()
            except OSError as error:
                raise ConfigError(f"[{self.name}]: {option} {given} cannot be read ({error.strerror})") from None
            write_bytes(folder / names[option], content, durable=False)
        return self.model_copy(update=names)
