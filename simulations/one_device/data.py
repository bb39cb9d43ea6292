"""From corpora to the environments that one device meets, as embeddings on disk."""

from collections.abc import Sequence
from pathlib import Path

from fedser import cache
from fedser.features import FeatureStore, Standardiser
from simulations.hearing import EmbeddedCorpus, EnvironmentFiles, Listener, load_corpora
from simulations.one_device.config import PaperConfig
from simulations.sources import Sources


def embed_environments(config: PaperConfig, sources: Sources, workers: int) -> list[EmbeddedCorpus]:
    """Return every environment with its embeddings, computed or taken from the store."""
    loaded = load_corpora(config.environments, config.transcription, sources)
    listener = Listener(config.features, config.transcription, FeatureStore(cache.folder() / "features"), workers)
    return [listener.hear(section, corpus) for section, corpus in zip(config.environments, loaded, strict=True)]


def store_environments(
    heard: Sequence[EmbeddedCorpus], standardisers: dict[str, Standardiser], folder: Path
) -> str:
    """Write all environments for the workers to map, and return a digest of what they hold."""
    files = EnvironmentFiles(standardisers)
    for k, environment in enumerate(heard):
        files.write(folder / str(k), environment)
    return files.digest
