"""An update as the strongest adversary of a central guarantee sees it.

Under central noise no single update is released, only the models. What differential privacy is proved against is
an observer who knows the updates of all other devices and takes them off the released sum: what is left is the
device's clipped update and the sum's noise, N(0, (σC)²) in each value. The noise is drawn anew for each device: in
the sum it is one draw for all, which the adversary of one device cannot compare. Without noise the view is the
clipped update itself, as the trusted server sees it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedser.privacy.attacks import Update
from fedser.seeding import generator


class NoisyView:
    """Adds noise of a standard deviation to updates, keyed by federation, arm, seed, device and round."""

    def __init__(self, std: float, *key: str | int) -> None:
        self._std, self._key = std, key

    def __call__(self, seed: int, round: int, device: int, update: Tensor, *again: int) -> Tensor:
        """Return an update (k,) as seen; `again` tells one that the adversary only simulates from others."""
        if self._std == 0:
            return update
        return update + torch.from_numpy(self._noise(f"{seed}/{device}", round, len(update), *again))

    def of_updates(self, updates: Sequence[Update]) -> list[Update]:
        """Return updates as seen."""
        if self._std == 0:
            return list(updates)
        return [replace(u, after=u.after + self._noise(u.device, u.round, len(u.after))) for u in updates]

    def _noise(self, device: str, round: int, size: int, *again: int) -> NDArray[np.float32]:
        stream = generator(0, "noisy view", *self._key, device, round, *again)
        return (self._std * stream.standard_normal(size)).astype(np.float32)
