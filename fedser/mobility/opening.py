"""Environments withheld until a round."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fedser.errors import ConfigError, did_you_mean


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
