"""The steps an update takes on its device before it is sent: a list, empty where nothing is protected.

clip → (weight) → compress, or, towards a secure sum, clip → (weight) → one vector → grid → noise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.privacy.clipping import clip, norm
from fedser.privacy.compression import Encoded, eight_bit, plain, top_k
from fedser.privacy.fixed_point import Grid, noise_on_grid, to_grid
from fedser.privacy.noise import Draw, from_operating_system, seeded
from fedser.privacy.round_terms import RoundTerms
from fedser.seeding import generator


@dataclass(frozen=True)
class Parcel:
    """An update on its way: `values` (d,), floating-point, or int64 steps of a grid towards a secure sum.

    `inside`: whether the update was within the clip. `encoded`: what is sent, where there is no secure sum.
    """

    values: NDArray[Any]
    weight: float = 1.0
    inside: bool = True
    encoded: Encoded | None = None


Step = Callable[[Parcel], Parcel]


def prepare(parcel: Parcel, steps: Sequence[Step]) -> Parcel:
    """Return the parcel after all steps, in order."""
    for step in steps:
        parcel = step(parcel)
    return parcel


def device_steps(terms: RoundTerms, draw: Draw, rounding: np.random.Generator) -> tuple[Step, ...]:
    """Return the steps of a round on one device; `draw` gives its noise, `rounding` its stochastic rounding."""
    clipping = (partial(_clip, bound=terms.clip),) if terms.clip > 0 else ()
    if terms.grid is None:
        return (*clipping, partial(_compress, terms=terms, rounding=rounding))
    steps = (*clipping, partial(_one_vector, terms=terms), partial(_onto, grid=terms.grid))
    if terms.noise_std > 0:
        return (*steps, partial(_add_share, std=terms.noise_std, grid=terms.grid, draw=draw))
    return steps


def streams(terms: RoundTerms, seed: int, arm: str, device: int) -> tuple[Draw, np.random.Generator]:
    """Return a device's noise and its stochastic rounding for a round, as `device_steps` takes them."""
    rounding = generator(seed, "compression", arm, terms.round, device)
    if terms.secure_noise:
        return from_operating_system, rounding
    return seeded(seed, arm, terms.round, "device", device, terms.attempt), rounding


def _clip(parcel: Parcel, bound: float) -> Parcel:
    inside = norm(parcel.values) <= bound
    return replace(parcel, values=clip(parcel.values, bound)[0], inside=inside)


def _compress(parcel: Parcel, terms: RoundTerms, rounding: np.random.Generator) -> Parcel:
    if terms.compression == "top-k":
        return replace(parcel, encoded=top_k(parcel.values, terms.keep))
    if terms.compression == "8-bit":
        return replace(parcel, encoded=eight_bit(parcel.values, rounding if terms.stochastic_rounding else None))
    return replace(parcel, encoded=plain(parcel.values))


def _one_vector(parcel: Parcel, terms: RoundTerms) -> Parcel:
    """Weigh the update, and append what the server needs the sum of: the weight, the bit of the clip."""
    weight = [parcel.weight] if terms.append_weight else []
    bit = [(float(parcel.inside) - 0.5) * terms.count_scale] if terms.count_scale > 0 else []
    return replace(parcel, values=np.concatenate([parcel.values.astype(np.float64) * parcel.weight, weight, bit]))


def _onto(parcel: Parcel, grid: Grid) -> Parcel:
    return replace(parcel, values=to_grid(parcel.values, grid))


def _add_share(parcel: Parcel, std: float, grid: Grid, draw: Draw) -> Parcel:
    return replace(parcel, values=parcel.values + noise_on_grid(parcel.values.size, std, grid, draw))
