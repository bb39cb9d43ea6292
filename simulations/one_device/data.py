"""From corpora to the environments that one device meets, as embeddings on disk."""

from collections.abc import Sequence
from pathlib import Path

from fedser import cache
from fedser.features import FeatureStore, Standardiser
from fedser.protocol.seed_data import folder_for
from simulations.hearing import (
    EmbeddedCorpus,
    EnvironmentFiles,
    Listener,
    divided,
    fit_standardisers,
    load_corpora,
)
from simulations.one_device.config import PaperConfig
from simulations.sections import FeatureSection, draws_of
from simulations.sources import Sources


def embed_environments(config: PaperConfig, sources: Sources, workers: int) -> list[list[EmbeddedCorpus]]:
    """Return every environment with its embeddings, computed or taken from the store.

    One list for each seed, which divides the speakers in its own way; one for all where no corpus is divided so.
    """
    draws = draws_of(config.splits, config.seeds)
    loaded = load_corpora(config.environments, config.transcription, sources, draws)
    listener = Listener(config.features, config.transcription, FeatureStore(cache.folder() / "features"), workers)
    first = [
        listener.hear(section, corpus) for section, corpus in zip(config.environments, loaded[0], strict=True)
    ]
    others = [[divided(h, c) for h, c in zip(first, division, strict=True)] for division in loaded[1:]]
    return [first, *others]


def store_environments(
    divisions: Sequence[Sequence[EmbeddedCorpus]], features: FeatureSection, folder: Path
) -> tuple[str, list[dict[str, Standardiser]]]:
    """Write all environments for the workers to map; return a digest of them, and z-scores by division."""
    files, fitted = EnvironmentFiles(), []
    for seed, environments in enumerate(divisions):
        fitted.append(fit_standardisers(features, environments[0]))
        for k, environment in enumerate(environments):
            files.write(folder_for(folder, seed, len(divisions) > 1) / str(k), environment, fitted[-1])
    return files.digest, fitted
