"""From corpora to embeddings on disk: what the protocol learns from."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser import corpora
from fedser.acoustics import Environment
from fedser.corpora import Corpus
from fedser.corpora.omission import UNREADABLE, leave_out
from fedser.corpora.same_audio import same_audio_notes
from fedser.corpora.transcripts import with_recognised
from fedser.errors import ConfigError, CorpusError
from fedser.features import (
    AcousticEncoder,
    Encoder,
    FeatureStore,
    LexicalEncoder,
    Progress,
    Standardiser,
    Waveform,
    acoustic_encoder,
    extract_acoustic,
    extract_lexical,
    lexical_encoder,
    transcribe,
    transcriber,
)
from fedser.features.each_heard_in import extract_each
from fedser.protocol.environment import write_environment
from fedser.vocabulary import SPLITS, TARGETS
from simulations.progress import Pace, meter
from simulations.sections import FeatureSection, SpeechSection, TranscriptionSection
from simulations.sources import Sources


@dataclass(frozen=True)
class EmbeddedCorpus:
    """An environment's corpus, without what could not be read, and its embeddings (n, a) and (n, l)."""

    name: str
    corpus: Corpus
    acoustic: NDArray[np.float32]
    lexical: NDArray[np.float32]


def load_corpora(
    sections: Sequence[SpeechSection],
    transcription: TranscriptionSection,
    sources: Sources,
    draws: Sequence[int | None],
) -> list[list[Corpus]]:
    """Return the corpora of environments, in order, divided in each of some draws; CorpusError in one line.

    One division alone where all corpora bring their splits.
    """
    loaded = []
    # Utterances without a transcript are kept for now if they are to be transcribed.
    later = {"missing_transcripts": "keep"} if transcription.model else {}
    with meter("corpora", len(sections)) as progress:
        for section in sections:
            progress.show("", section.name)
            root = sources.root_of(section.corpus, section.root)
            loaded.append(corpora.load_divided(section.corpus, root, draws, **(section.options | later)))
            progress.finish("", section.name)
    divisions = [list(division) for division in zip(*loaded, strict=True)]
    drawn = any(corpus.draw is not None for corpus in divisions[0])
    return divisions if drawn else divisions[:1]


def divided(heard: EmbeddedCorpus, corpus: Corpus) -> EmbeddedCorpus:
    """Return what was heard of a corpus with its speakers divided as in `corpus`, another draw of it.

    Raises CorpusError if the utterances that are left have none in some split.
    """
    columns = ["split", *TARGETS]  # labels scaled by the training split differ too
    table = heard.corpus.table.copy()
    own = corpus.table.set_index("utterance")[columns].loc[table["utterance"]]
    table[columns] = own.to_numpy()
    table[list(TARGETS)] = table[list(TARGETS)].astype(np.float64)
    table["split"] = table["split"].astype(corpus.table["split"].dtype)
    empty = [split for split in SPLITS if not (table["split"] == split).any()]
    if empty:
        raise CorpusError(f"environment {heard.name}: nothing is left of the {' and '.join(empty)} split")
    splits = pd.concat([corpus.table, corpus.dropped])[["utterance", "split"]].set_index("utterance")["split"]
    dropped = heard.corpus.dropped.assign(split=splits.loc[heard.corpus.dropped["utterance"]].to_numpy())
    return replace(heard, corpus=replace(heard.corpus, table=table, dropped=dropped, draw=corpus.draw))


def encoders(features: FeatureSection) -> tuple[AcousticEncoder, LexicalEncoder]:
    """Return the encoders of a configuration; raises ConfigError or FeatureError."""
    return (
        acoustic_encoder(features.acoustic, **features.acoustic_options),
        lexical_encoder(features.lexical, **features.lexical_options),
    )


def check_models(features: FeatureSection, transcription: TranscriptionSection) -> None:
    """Raise ConfigError or FeatureError now if a model that a configuration names cannot be had."""
    encoders(features)
    if transcription.model:
        transcriber(**transcription.model_dump())


class Listener:
    """Hears corpora: their embeddings, computed or taken from the store, and transcripts where they are wanted."""

    def __init__(
        self, features: FeatureSection, transcription: TranscriptionSection, store: FeatureStore, workers: int
    ) -> None:
        self._acoustic, self._lexical = encoders(features)
        self._transcription, self._store, self._workers = transcription, store, workers

    def hear(
        self,
        section: SpeechSection,
        corpus: Corpus,
        through: Callable[[Encoder[Waveform]], Encoder[Waveform]] = lambda encoder: encoder,
        place: str = "",
        rooms_of: Callable[[pd.DataFrame], Sequence[Environment]] | None = None,
    ) -> EmbeddedCorpus:
        """Return a corpus with its embeddings; `through` puts an acoustic environment, `place`, in the way.

        `rooms_of` returns instead, of the corpus' table, an environment for each utterance.
        """
        store, workers, encoder = self._store, self._workers, through(self._acoustic)
        if self._transcription.model:
            corpus = _transcribed(corpus, section, self._transcription, store, workers)
        _check_words(self._lexical, corpus, section.name)
        table = corpus.table
        title = f"{encoder.name} of {section.name}" + (f" in {place}" if place not in ("", section.name) else "")
        with _extraction(title, table) as report:
            extract = extract_acoustic if rooms_of is None else partial(extract_each, environments=rooms_of(table))
            paths = table["path"].tolist()
            sounds = extract(paths, encoder=encoder, store=store, workers=workers, on_progress=report)
        readers = 1 if self._lexical.instant else workers
        words = extract_lexical(table["transcript"].tolist(), self._lexical, store, workers=readers)
        readable = np.flatnonzero(sounds.rows >= 0)
        corpus = without_unreadable(corpus, sounds.failures, section.name)
        # A content has one row in the store.
        twice = same_audio_notes(corpus.table, sounds.rows[readable].tolist())
        corpus = replace(corpus, notes=(*corpus.notes, *twice))
        return EmbeddedCorpus(section.name, corpus, sounds.vectors(readable), words.vectors(readable))


def _check_words(encoder: LexicalEncoder, corpus: Corpus, name: str) -> None:
    """Raise ConfigError where an encoder would give all utterances one vector, for want of any transcript.

    That of the embedded encoder is then zeros, which is no words at all; a note says so.
    """
    if encoder.dimension and not encoder.instant and (corpus.table["transcript"] == "").all():
        raise ConfigError(
            f'environment {name}: no transcripts, so the lexical encoder "{encoder.name}" would give every '
            "utterance the same embedding; name a Whisper in [transcription] model, give "
            'options.transcripts, or take lexical = "none"'
        )


@contextmanager
def _extraction(title: str, table: pd.DataFrame) -> Iterator[Callable[[Progress], None]]:
    """Show how far the extraction of some utterances is, its pace and the time left."""
    pace = Pace(table["duration_s"].sum() / 3600)
    with meter(title, len(table)) as shown:
        yield lambda progress: shown.reach(progress.done, progress.total, pace.say(progress))


def _transcribed(
    corpus: Corpus,
    environment: SpeechSection,
    section: TranscriptionSection,
    store: FeatureStore,
    workers: int,
) -> Corpus:
    """Return the corpus with transcripts where it had none, and without what still has none, as its rule says."""
    table = corpus.table[corpus.table["transcript"] == ""]
    if table.empty:
        return corpus
    with _extraction(f"transcripts of {environment.name}", table) as report:
        model = transcriber(**section.model_dump())
        found = transcribe(table["path"].tolist(), model, store, workers=workers, on_progress=report)
    # What cannot be read is left out as unreadable, not for want of a transcript.
    failures = {int(table.index[k]): reason for k, reason in found.failures.items()}
    readable = without_unreadable(corpus, failures, environment.name)
    texts = dict(zip(table["utterance"], found.texts, strict=True))
    rule = corpora.check_options(environment.corpus, environment.options).missing_transcripts
    model_name = str(section.model)
    if Path(model_name).is_dir():
        model_name = Path(model_name).name  # where it lies is nobody's business
    try:
        return with_recognised(readable, texts, model_name, rule)
    except CorpusError as error:
        raise CorpusError(f"environment {environment.name}: {error}") from None


def without_unreadable(corpus: Corpus, failures: dict[int, str], name: str) -> Corpus:
    """Move what could not be read to the dropped ones; raises CorpusError if a split has nothing left."""
    if not failures:
        return corpus
    try:
        rest = leave_out(corpus, list(failures), UNREADABLE)
    except CorpusError as error:
        first = min(failures)
        raise CorpusError(
            f"environment {name}: no readable audio: {error}; the first file is {corpus.table['path'][first]}: "
            f"{failures[first]}"
        ) from None
    return replace(rest, notes=(*rest.notes, f"{len(failures)} unreadable files were left out"))


def standardiser(encoder: Encoder[Any], first: NDArray[np.float32], train: NDArray[np.bool_]) -> Standardiser:
    """Return the z-scores of a hand-made feature from the first environment's training split, else none."""
    return Standardiser.fit(first[train]) if encoder.standardise else Standardiser.identity(first.shape[1])


def fit_standardisers(features: FeatureSection, first: EmbeddedCorpus) -> dict[str, Standardiser]:
    """Return the z-scores of both kinds of feature, from a training split; they travel with the model."""
    acoustic, lexical = encoders(features)
    train = (first.corpus.table["split"] == "train").to_numpy()
    return {
        "acoustic": standardiser(acoustic, first.acoustic, train),
        "lexical": standardiser(lexical, first.lexical, train),
    }


class EnvironmentFiles:
    """Environments on disk, standardised, for the processes of a run to map; and a digest of what they hold."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)

    def write(self, folder: Path, environment: EmbeddedCorpus, standardisers: Mapping[str, Standardiser]) -> None:
        """Store an environment in a folder; what is stored later changes the digest as well."""
        sound = standardisers["acoustic"].apply(environment.acoustic)
        words = standardisers["lexical"].apply(environment.lexical)
        write_environment(folder, environment.name, environment.corpus.table, sound, words)
        for content in (sound, words):
            self._digest.update(np.ascontiguousarray(content).data)
        self._digest.update((folder / "utterances.csv").read_bytes())

    def add(self, content: bytes) -> None:
        """Let something else that a run depends on change the digest."""
        self._digest.update(content)

    @property
    def digest(self) -> str:
        """Return the digest of all that was stored, in its order."""
        return self._digest.hexdigest()
