"""What is said in every place, as it sounds there: each corpus in each environment, as embeddings."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser import cache
from fedser.acoustics import AcousticOptions, Environment, Family, build, build_family, conditions
from fedser.acoustics.family import seed_of
from fedser.corpora import Corpus
from fedser.errors import FeatureError
from fedser.features import FeatureStore
from fedser.features.heard_in import heard_in
from fedser.mobility import reserve_speakers
from simulations.hearing import EmbeddedCorpus, Listener, load_corpora
from simulations.moving.config import MovingConfig, PlaceSection
from simulations.moving.foresight import check_owners
from simulations.sections import SpeechSection
from simulations.sources import Sources


@dataclass(frozen=True)
class EmbeddedPlaces:
    """Every condition of every place, in order, and what the server knows beforehand."""

    places: list[tuple[str, Environment | Family]]
    """A place's name and what it does to sound, for each step of one that degrades; of the first seed."""
    by_seed: list[list[EmbeddedCorpus]]
    """One for each of `places`, in every seed that draws its rooms anew, else one list for all seeds."""
    first: EmbeddedCorpus
    """What z-scores are fitted on: the server's own corpus, or the first place."""
    servers: set[str]
    """The speakers who are the server's own, and nobody's owner; none where it has no corpus."""

    @property
    def heard(self) -> list[EmbeddedCorpus]:
        """What the first seed hears."""
        return self.by_seed[0]


def embed_places(config: MovingConfig, sources: Sources, workers: int) -> EmbeddedPlaces:
    """Return what is heard everywhere; embeddings come from the store if they can.

    Raises FeatureError if files change meanwhile.
    """
    speech = _Speech.load(config, sources)
    check_owners(config, [speech.named(place.name) for place in config.environments])
    listener = Listener(config.features, config.transcription, FeatureStore(cache.folder() / "features"), workers)
    first, servers = _server_corpus(config, speech, listener, sources.data)
    first_places: list[tuple[str, Environment | Family]] = []
    by_seed = []
    for seed in range(config.seeds if config.rooms == "family" else 1):
        places = [
            (place.name, environment)
            for place in config.environments
            for environment in _conditions(config, place, speech.talkers(place), sources.data, seed)
        ]
        heard = [speech.hear(name, environment, listener, servers) for name, environment in places]
        _check_alike(config, heard)
        by_seed.append(heard)
        first_places = first_places or places
    return EmbeddedPlaces(first_places, by_seed, first or by_seed[0][0], servers)


@dataclass(frozen=True)
class _Speech:
    """What is said: the corpora heard everywhere, and those of single places."""

    shared: list[tuple[SpeechSection, Corpus]]
    own: dict[str, tuple[SpeechSection, Corpus]]

    @classmethod
    def load(cls, config: MovingConfig, sources: Sources) -> "_Speech":
        """Return the corpora of a configuration; raises CorpusError in one line."""
        single = {
            place.name: SpeechSection(name=place.name, corpus=place.corpus, root=place.root, options=place.options)
            for place in config.environments
            if place.corpus
        }
        sections = [*config.corpora, *single.values()]
        loaded = list(zip(sections, load_corpora(sections, config.transcription, sources, [None])[0], strict=True))
        shared = len(config.corpora)
        return cls(loaded[:shared], dict(zip(single, loaded[shared:], strict=True)))

    def of(self, place: str) -> list[tuple[SpeechSection, Corpus]]:
        """Return the corpora heard in a place."""
        return [self.own[place]] if place in self.own else self.shared

    def named(self, place: str) -> list[tuple[str, Corpus]]:
        """Return the corpora heard in a place, each with its name."""
        return [(section.name, corpus) for section, corpus in self.of(place)]

    def talkers(self, place: PlaceSection) -> list[str]:
        """Return the files that babble is made of: those of training speakers."""
        tables = [corpus.table for _, corpus in self.of(place.name)]
        return [path for table in tables for path in table.loc[table["split"] == "train", "path"]]

    def hear(
        self, place: str, heard: Environment | Family, listener: Listener, nobodys: Set[str] = frozenset()
    ) -> EmbeddedCorpus:
        """Return the speech of a place as it sounds there.

        In a family of rooms training speakers who are `nobodys`, who own no device, are left out: most of what
        takes time is to hear somebody in a room of their own.
        """
        if isinstance(heard, Environment):
            parts = [
                listener.hear(section, corpus, lambda encoder: heard_in(encoder, heard), heard.name)
                for section, corpus in self.of(place)
            ]
            return _joined(place, parts)
        several = len(self.of(place)) > 1
        parts = []
        for section, corpus in self.of(place):
            own = {name.removeprefix(f"{section.name}/") for name in nobodys} if several else nobodys
            theirs = (corpus.table["split"] == "train") & corpus.table["speaker"].isin(own)
            kept = replace(corpus, table=corpus.table[~theirs].reset_index(drop=True))
            parts.append(listener.hear(section, kept, place=heard.name, rooms_of=heard.rooms_of))
        return _joined(place, parts)


def _conditions(
    config: MovingConfig, place: PlaceSection, talkers: Sequence[str], root: Path | None, seed: int
) -> Sequence[Environment | Family]:
    """Return an environment, or each step of one that degrades; families of rooms where they are asked for."""
    options = {place.name: AcousticOptions.parse(place.acoustics)}
    if place.ramp:
        options = conditions(place.name, options[place.name], place.ramp.snrs_db)
    if config.rooms == "one":
        return [build(name, heard, talkers=talkers, root=root) for name, heard in options.items()]
    return [
        build(name, heard)
        if heard.clean
        else build_family(name, heard, seed_of(seed, "place", place.name), talkers=talkers, root=root)
        for name, heard in options.items()
    ]


def _joined(name: str, parts: Sequence[EmbeddedCorpus]) -> EmbeddedCorpus:
    """Return several corpora as one; utterances and speakers are then named after their corpus too."""
    if len(parts) == 1:
        return EmbeddedCorpus(name, parts[0].corpus, parts[0].acoustic, parts[0].lexical)
    tables = []
    for part in parts:
        table = part.corpus.table.copy()
        for column in ("utterance", "speaker"):
            table[column] = [f"{part.name}/{cell}" if cell else "" for cell in table[column]]
        tables.append(table)
    corpus = Corpus(
        name,
        pd.concat(tables, ignore_index=True),
        pd.concat([part.corpus.dropped for part in parts], ignore_index=True),
        tuple(f"{part.name}: {note}" for part in parts for note in part.corpus.notes),
        "; ".join(part.corpus.licence for part in parts if part.corpus.licence),
    )
    return EmbeddedCorpus(
        name, corpus, np.concatenate([p.acoustic for p in parts]), np.concatenate([p.lexical for p in parts])
    )


def _check_alike(config: MovingConfig, heard: Sequence[EmbeddedCorpus]) -> None:
    """Raise FeatureError if the same speech lost other utterances in another environment."""
    shared = [h for h in heard if h.name in {place.name for place in config.environments if not place.corpus}]
    for other in shared[1:]:
        if not other.corpus.table["utterance"].equals(shared[0].corpus.table["utterance"]):
            raise FeatureError(
                f"{other.name} and {shared[0].name} hear different utterances of the same speech: files changed "
                "while their features were computed; start again"
            )


def _server_corpus(
    config: MovingConfig, speech: _Speech, listener: Listener, root: Path | None
) -> tuple[EmbeddedCorpus | None, set[str]]:
    """Return the server's own corpus, None where it has none, and the speakers who belong to it."""
    if not config.server.speakers:
        return None, set()
    place = config.environments[0]
    options = AcousticOptions.parse(config.server.acoustics)
    studio = build("server", options, talkers=speech.talkers(place), root=root)
    heard = speech.hear(place.name, studio, listener)
    table = heard.corpus.table[heard.corpus.table["split"] == "train"]
    groups = table["corpus"].to_numpy(dtype=np.str_)
    # Keyed by nothing but the corpus: the same speakers are the server's in all seeds.
    chosen = reserve_speakers(table["speaker"].to_numpy(dtype=np.str_), config.server.speakers, 0, groups)
    servers = set(table["speaker"].iloc[chosen.server])
    return only(heard, servers), servers


def only(heard: EmbeddedCorpus, speakers: set[str]) -> EmbeddedCorpus:
    """Return an environment with a training split of these speakers alone."""
    table = heard.corpus.table
    return _rows(heard, ((table["split"] != "train") | table["speaker"].isin(speakers)).to_numpy())


def without(heard: EmbeddedCorpus, speakers: set[str]) -> EmbeddedCorpus:
    """Return an environment with a training split without these speakers."""
    table = heard.corpus.table
    return _rows(heard, ((table["split"] != "train") | ~table["speaker"].isin(speakers)).to_numpy())


def _rows(heard: EmbeddedCorpus, kept: NDArray[np.bool_]) -> EmbeddedCorpus:
    corpus = heard.corpus
    table = corpus.table[kept].reset_index(drop=True)
    fewer = Corpus(corpus.name, table, corpus.dropped, corpus.notes, corpus.licence)
    return EmbeddedCorpus(heard.name, fewer, heard.acoustic[kept], heard.lexical[kept])
