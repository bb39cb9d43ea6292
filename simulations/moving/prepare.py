"""From corpora to what every device hears: each corpus, heard in each environment, as embeddings on disk.

data/settings.json         what devices must know
data/0, data/1, …          the conditions: environments as heard, at each step of a ramp
data/seed-0/0, …           the same where every seed draws its rooms anew
server/                    the server's own corpus, where it has one
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fedser.acoustics import Family, survey, survey_family
from fedser.device.world import SETTINGS, conditions_of
from fedser.errors import ConfigError
from fedser.features import Standardiser
from fedser.whole_files import write_text
from simulations.hearing import EnvironmentFiles, encoders, fit_standardisers
from simulations.moving.config import MovingConfig
from simulations.moving.speech import EmbeddedPlaces, embed_places, only, without
from simulations.progress import meter
from simulations.sources import Sources
from simulations.utterance_files import write_utterances


@dataclass(frozen=True)
class Prepared:
    """What a run says about its data."""

    digest: str
    notes: dict[str, list[str]]
    acoustics: pd.DataFrame
    """The columns of acoustics.csv."""
    standardisers: list[dict[str, Standardiser]]
    """One for all seeds."""


def prepare(config: MovingConfig, sources: Sources, folder: Path, workers: int) -> Prepared:
    """Write the data of a run folder and return what to record of it; features come from the store if they can."""
    embedded = embed_places(config, sources, workers)
    heard, first, servers = embedded.heard, embedded.first, embedded.servers
    data, server = folder / "data", folder / "server"
    for old in (data, server):
        shutil.rmtree(old, ignore_errors=True)
    # Under a guarantee what owners have said may not enter what everybody is told.
    fitted = fit_standardisers(
        config.features, only(first, servers) if config.privacy.private and servers else first
    )
    write_utterances(folder, [list({h.name: h for h in heard}.values())])
    files, settings = EnvironmentFiles(), config.device_settings()
    for seed, conditions in enumerate(embedded.by_seed):
        for k, environment in enumerate(conditions):
            files.write(
                conditions_of(data, seed, settings.redraws) / str(k), without(environment, servers), fitted
            )
    if servers:
        files.write(server, only(first, servers), fitted)
    mobility = settings.mobility_kind().carried(data)
    for name in mobility.named_files().values():
        files.add((data / name).read_bytes())
        settings = settings.model_copy(update={"extensions": settings.extensions | {mobility.name: mobility}})
    settings = settings.model_copy(update={"data_digest": files.digest})
    write_text(data / SETTINGS, settings.model_dump_json() + "\n")
    return Prepared(
        files.digest,
        {h.name: list(h.corpus.notes) for h in heard},
        _survey(embedded),
        [fitted],
    )


def check_standardisers(config: MovingConfig) -> None:
    """Refuse, under a guarantee, z-scores from what owners have said; raises ConfigError."""
    if not config.privacy.private or config.server.speakers:
        return
    for encoder in encoders(config.features):
        if encoder.standardise:
            raise ConfigError(
                f"[privacy]: {encoder.name} is standardised by means and spreads of speech, and without [server] "
                "speakers that is the owners', which no noise covers; give the server speakers of its own, or "
                "take an encoder that needs none"
            )


def _survey(embedded: EmbeddedPlaces) -> pd.DataFrame:
    """Return what SNR and reverberation the environments achieved, measured on some utterances of each."""
    rows = []
    with meter("acoustics", len(embedded.places)) as progress:
        for (name, environment), speech in zip(embedded.places, embedded.heard, strict=True):
            paths = speech.corpus.table["path"].tolist()
            if isinstance(environment, Family):
                rows.append(survey_family(environment, paths))
            else:
                rows.append(survey([environment], paths))
            progress.finish("", name)
    return pd.concat(rows, ignore_index=True)
