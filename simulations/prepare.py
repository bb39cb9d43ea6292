"""From corpora to embeddings on disk: what the protocol learns from."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser import cache, corpora
from fedser.corpora import Corpus
from fedser.corpora.reasons import UNREADABLE
from fedser.errors import CorpusError
from fedser.features import (
    AcousticEncoder,
    FeatureStore,
    LexicalEncoder,
    Standardiser,
    acoustic_encoder,
    extract_acoustic,
    extract_lexical,
    lexical_encoder,
)
from fedser.protocol.environment import SPLITS, write_environment
from simulations.config import EnvironmentSection, FeatureSection, PaperConfig
from simulations.progress import Meter, meter
from simulations.sources import Sources


@dataclass(frozen=True)
class Heard:
    """An environment's corpus, without what could not be read, and its embeddings (n, a) and (n, l)."""

    name: str
    corpus: Corpus
    acoustic: NDArray[np.float32]
    lexical: NDArray[np.float32]


def load_corpora(environments: Sequence[EnvironmentSection], sources: Sources) -> list[Corpus]:
    """Return the corpora of the environments, in order; raises CorpusError in one line."""
    loaded = []
    with meter("corpora", len(environments)) as progress:
        for environment in environments:
            progress.show("", environment.name)
            root = sources.root_of(environment.corpus, environment.root)
            loaded.append(corpora.load(environment.corpus, root, **environment.options))
            progress.finish("", environment.name)
    return loaded


def encoders(features: FeatureSection) -> tuple[AcousticEncoder, LexicalEncoder]:
    """Return the encoders of a configuration; raises ConfigError or FeatureError."""
    return (
        acoustic_encoder(features.acoustic, **features.acoustic_options),
        lexical_encoder(features.lexical, **features.lexical_options),
    )


def hear(config: PaperConfig, loaded: Sequence[Corpus], workers: int) -> list[Heard]:
    """Return every environment with its embeddings, computed or taken from the store."""
    acoustic, lexical = encoders(config.features)
    store = FeatureStore(cache.folder() / "features")
    heard = []
    for environment, corpus in zip(config.environments, loaded, strict=True):
        table = corpus.table
        with meter(f"{acoustic.name} of {environment.name}", len(table)) as progress:
            sounds = extract_acoustic(
                table["path"].tolist(), acoustic, store, workers=workers, on_progress=_hours(progress)
            )
        words = extract_lexical(table["transcript"].tolist(), lexical, store)
        readable = np.flatnonzero(sounds.rows >= 0)
        corpus = without_unreadable(corpus, sounds.failures, environment.name)
        heard.append(Heard(environment.name, corpus, sounds.vectors(readable), words.vectors(readable)))
    return heard


def _hours(progress: Meter) -> Callable[[int, int, float], None]:
    """Show utterances done and hours of audio on a meter."""
    return lambda done, total, hours: progress.reach(done, total, f"{hours:.2f} h of audio")


def without_unreadable(corpus: Corpus, failures: dict[int, str], name: str) -> Corpus:
    """Move what could not be read to the dropped ones; raises CorpusError if a split has nothing left."""
    if not failures:
        return corpus
    lost = corpus.table.iloc[sorted(failures)]
    table = corpus.table.drop(index=lost.index).reset_index(drop=True)
    for split in SPLITS:
        if not (table["split"] == split).any():
            first = min(failures)
            raise CorpusError(
                f"environment {name}: no readable audio in the {split} split; "
                f"the first unreadable file is {corpus.table['path'][first]}: {failures[first]}"
            )
    dropped = lost[["utterance", "split"]].assign(reason=UNREADABLE)
    return Corpus(
        corpus.name,
        table,
        pd.concat([corpus.dropped, dropped], ignore_index=True),
        (*corpus.notes, f"{len(failures)} unreadable files were left out"),
        corpus.licence,
    )


def standardiser(
    encoder: AcousticEncoder | LexicalEncoder, first: NDArray[np.float32], train: NDArray[np.bool_]
) -> Standardiser:
    """Return the z-scores of a hand-made feature from the first environment's training split, else none."""
    return Standardiser.fit(first[train]) if encoder.standardise else Standardiser.identity(first.shape[1])


def fit_standardisers(config: PaperConfig, heard: Sequence[Heard]) -> dict[str, Standardiser]:
    """Return the z-scores of both kinds of feature; they travel with the model."""
    acoustic, lexical = encoders(config.features)
    train = (heard[0].corpus.table["split"] == "train").to_numpy()
    return {
        "acoustic": standardiser(acoustic, heard[0].acoustic, train),
        "lexical": standardiser(lexical, heard[0].lexical, train),
    }


def store_environments(heard: Sequence[Heard], standardisers: Mapping[str, Standardiser], folder: Path) -> str:
    """Write all environments for the workers to map, and return a digest of what they hold."""
    digest = hashlib.blake2b(digest_size=16)
    for k, environment in enumerate(heard):
        sound = standardisers["acoustic"].apply(environment.acoustic)
        words = standardisers["lexical"].apply(environment.lexical)
        write_environment(folder / str(k), environment.name, environment.corpus.table, sound, words)
        for content in (sound, words):
            digest.update(np.ascontiguousarray(content).data)
        digest.update((folder / str(k) / "utterances.csv").read_bytes())
    return digest.hexdigest()
