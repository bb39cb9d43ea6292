"""What a run of any kind comes to, seed by seed, in one form that runs can be compared in."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fedser.results.files import CsvRow

ALL = "all"
"""Stands for all environments: a mean over them, or what is no environment's own."""


def outcome_rows(
    arm: str, environment: str, target: str, measure: str, values: NDArray[np.float64], seeds: tuple[int, ...]
) -> Iterator[CsvRow]:
    """Yield a row for each seed (n,) that has a value."""
    for seed, value in zip(seeds, values.tolist(), strict=True):
        if np.isfinite(value):
            yield {
                "seed": seed,
                "arm": arm,
                "environment": environment,
                "target": target,
                "measure": measure,
                "value": value,
            }
