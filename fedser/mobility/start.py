"""Where a device is in round 1: in a named environment, or in any that is open."""

import numpy as np

from fedser.errors import ConfigError
from fedser.mobility.mobility import Surroundings

ANY = "random"


def check_start(start: str, surroundings: Surroundings, section: str) -> None:
    """Raise ConfigError, which begins with `section`, if a device cannot start there."""
    if ANY in surroundings.names:
        raise ConfigError(
            f'{section}: an environment cannot be named "{ANY}", because start = "{ANY}" means any; rename it'
        )
    if start != ANY and surroundings.opens[surroundings.index(start, f"{section}: start")] > 1:
        raise ConfigError(f'{section}: start = "{start}" is withheld in round 1; start elsewhere')


def first_place(start: str, surroundings: Surroundings, stream: np.random.Generator) -> int:
    """Return the environment of round 1; "random" is any that is open, equally likely."""
    if start == ANY:
        return int(stream.choice(np.flatnonzero(surroundings.opens <= 1)))
    return surroundings.names.index(start)
