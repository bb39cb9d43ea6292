"""What a secure sum can come to, if every device has kept to its clip: all that a server can check beneath
masks."""

import math

import numpy as np
from numpy.typing import NDArray

from fedser.errors import SecureAggregationError
from fedser.privacy.clipping import norm
from fedser.privacy.fixed_point import NOISE_REACH, unwrap
from fedser.privacy.round_terms import RoundTerms


def refuse_beyond(total: NDArray[np.uint32], terms: RoundTerms, survivors: int, size: int) -> None:
    """Raise SecureAggregationError for a sum, (d,), that is larger than so many survivors' updates and noise can
    be.

    A device that adds noise of its own, or residues at will, is not named by it, but its round is not used. Below
    the bounds a device can still add up to what all together may: the clip of one cannot be enforced under masks.
    """
    grid = terms.grid
    if grid is None:
        return
    values = unwrap(total, grid)
    noise = math.sqrt(survivors) * terms.noise_std
    most = survivors * (grid.largest + 1) * grid.step + NOISE_REACH * noise
    # The length of noise in d values is √d σ, and by more than 12 σ longer with a probability below 1e-31.
    longest = survivors * (terms.clip + math.sqrt(size) * grid.step) + (math.sqrt(size) + NOISE_REACH) * noise
    appended = values[size:]
    weights = appended[: int(terms.append_weight)]
    if (
        float(np.max(np.abs(values), initial=0.0)) > most
        or (terms.clip > 0 and norm(values[:size]) > longest)
        or bool(np.any(weights < 0))
    ):
        raise SecureAggregationError(
            f"the sum of {survivors} devices is larger than their updates can be: a device has added what it may "
            "not; the round is not used"
        )
