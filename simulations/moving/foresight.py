"""What a run could not go through with, found before anything is rendered: hours may lie between."""

from collections.abc import Iterable, Sequence

import numpy as np

from fedser.corpora import Corpus
from fedser.errors import ConfigError
from fedser.mobility import plan, share_out
from simulations.moving.config import MovingConfig

MOST_DEVICE_ROUNDS = 200_000_000
"""Their itinerary takes six hundred megabytes."""


def check_itinerary(config: MovingConfig) -> None:
    """Raise ConfigError for more device-rounds than memory holds, and for a trace that cannot be followed."""
    devices, rounds = config.devices.count, config.rounds
    if devices * rounds > MOST_DEVICE_ROUNDS:
        raise ConfigError(
            f"devices.count = {devices} times rounds = {rounds} are {devices * rounds:,} device-rounds, expected "
            f"at most {MOST_DEVICE_ROUNDS:,}; take fewer devices or rounds"
        )
    kind = config.mobility.chosen(config.extensions)
    if kind.named_files():
        plan(config.mobility, kind, [place.name for place in config.environments], devices, rounds, 0)


def check_owners(config: MovingConfig, spoken: Iterable[Sequence[tuple[str, Corpus]]]) -> None:
    """Raise ConfigError for more devices than there is speech for.

    spoken: for each environment the corpora that are heard there, by name. What turns out unreadable, and what the
    server keeps for itself, is still in them: the world of a run asks again.
    """
    for corpora in spoken:
        tables = [(name, corpus.table[corpus.table["split"] == "train"]) for name, corpus in corpora]
        speakers = [f"{name}/{cell}" if cell else "" for name, table in tables for cell in table["speaker"]]
        if config.devices.owner == "speaker":
            share_out(np.array(speakers, dtype=np.str_), config.devices.count, 0)
        elif 2 * config.devices.count > len(speakers):
            raise ConfigError(
                f"more devices than data: devices = {config.devices.count}, but {len(speakers)} utterances make "
                f"{len(speakers) // 2} owners at 2 each; take fewer devices or add a corpus"
            )
