"""Checks that every run which scores environments over seeds has."""

import tomllib
from collections.abc import Iterator
from typing import Protocol

from fedser.results.announced import FEWEST_SEEDS

WORTH = 0.01
"""A CCC that falls by less has not become worse."""


class WithSeeds(Protocol):
    """A run of several seeds."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """In order."""


def few_seeds(run: WithSeeds) -> Iterator[str]:
    """Yield a sentence if there are too few seeds for marks."""
    n = len(run.seeds)
    if n < FEWEST_SEEDS:
        seeds = "One seed" if n == 1 else f"{n} seeds"
        yield (
            f"{seeds} only: with fewer than {FEWEST_SEEDS} no difference is marked as significant, and another "
            "run may show another order of the arms"
        )


def option(config: str, section: str, name: str) -> int | None:
    """Return a whole number of config.toml; None where it does not say."""
    value = tomllib.loads(config).get(section, {}).get(name)
    return value if isinstance(value, int) else None
