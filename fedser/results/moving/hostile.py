"""Hostile devices in the results: whose scores do not count among the devices', but stand apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.arrays import Doubles


def hostile_devices(record: Mapping[str, Any], seed: int) -> list[int]:
    """Return the devices that were hostile in a seed, by run.json; none of a run without an adversary."""
    return [int(device) for device in record.get("adversary", {}).get("devices", {}).get(str(seed), [])]


def without_hostile(R: Doubles, record: Mapping[str, Any], seeds: Sequence[int]) -> Doubles:
    """Return scores (seeds, devices, …) with NaN for hostile devices."""
    return np.where(_mask(R, record, seeds), np.nan, R)


def hostile_alone(R: Doubles, record: Mapping[str, Any], seeds: Sequence[int]) -> Doubles:
    """Return scores (seeds, devices, …) with NaN for honest devices."""
    return np.where(_mask(R, record, seeds), R, np.nan)


def _mask(R: Doubles, record: Mapping[str, Any], seeds: Sequence[int]) -> NDArray[np.bool_]:
    mask = np.zeros(R.shape[:2], dtype=np.bool_)
    for row, seed in enumerate(seeds):
        mask[row, hostile_devices(record, seed)] = True
    return mask.reshape(*mask.shape, *[1] * (R.ndim - 2))
