"""Transcripts that a user has beside a corpus: a folder of <utterance>.txt, or a CSV file."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from fedser.audio import SUFFIXES
from fedser.corpora.corpus import Corpus
from fedser.corpora.delimited import read_delimited
from fedser.corpora.loader import Parsed
from fedser.corpora.omission import NO_TRANSCRIPT, leave_out
from fedser.corpora.selection import is_transcript_note, leaves_out_silent, transcript_notes
from fedser.corpora.texts import read_words
from fedser.errors import CorpusError
from fedser.file_names import existing
from fedser.spelling import one_form

COLUMNS = ("utterance", "transcript")
"""Columns of the CSV file; any others are passed over."""


def with_transcripts(parsed: Parsed, transcripts: str | None, root: Path) -> Parsed:
    """Return the corpus with the transcripts at a place relative to its root put before its own.

    Where the id of an utterance is a path, the name of its file will do, unless another has that name too.
    Raises CorpusError if there is no such place, or nothing there is of this corpus.
    """
    if transcripts is None:
        return parsed
    place = existing((root if root.is_dir() else root.parent) / transcripts)
    utterances = [one_form(utterance) for utterance in parsed.rows["utterance"]]
    names = _names(utterances)
    try:
        found = {names[name]: words for name, words in _read(place, names).items()}
    except CorpusError as error:
        raise CorpusError(f"transcripts: {error}") from None
    if not found:
        raise CorpusError(
            f"transcripts: {place} holds none of this corpus, whose utterances are named {min(utterances)}, …"
        )
    rows = parsed.rows.copy()
    own = rows["transcript"] if "transcript" in rows else [""] * len(rows)
    rows["transcript"] = [found.get(*pair) for pair in zip(utterances, own, strict=True)]
    return replace(parsed, rows=rows, notes=(*parsed.notes, f"transcripts read from {transcripts}: {len(found)}"))


def _names(utterances: Sequence[str]) -> dict[str, str]:
    """Return the utterance that each name stands for: its id, or its file's name."""
    files = [_file_name(utterance) for utterance in utterances]
    count = Counter(files)
    names = {file: utterance for file, utterance in zip(files, utterances, strict=True) if count[file] == 1}
    return names | {utterance: utterance for utterance in utterances}


def _file_name(utterance: str) -> str:
    name = PurePosixPath(utterance).name
    ending = PurePosixPath(name).suffix
    return name.removesuffix(ending) if ending.lower() in SUFFIXES else name


def _read(place: Path, names: Collection[str]) -> dict[str, str]:
    """Return the transcripts of those names that `place` has one for."""
    if place.is_dir():
        return _from_folder(place, names)
    if place.is_file():
        return _from_csv(place, names)
    raise CorpusError(
        f"no such folder or file: {place}; expected a folder of <utterance>.txt, or a CSV file with the columns"
        f" {' and '.join(COLUMNS)}"
    )


def _from_folder(folder: Path, names: Collection[str]) -> dict[str, str]:
    paths: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.txt"), key=str):
        name = one_form(path.stem)
        if name in names and paths.setdefault(name, path) != path:
            raise CorpusError(f"{paths[name]} and {path} are for one utterance; keep one")
    return read_words(paths)


def _from_csv(path: Path, names: Collection[str]) -> dict[str, str]:
    table = read_delimited(path)
    table.need(COLUMNS)
    table.refuse_twins(table.cells["utterance"].tolist())
    pairs = zip(table.cells["utterance"], table.cells["transcript"], strict=True)
    return {name: " ".join(words.split()) for name, words in pairs if name in names}


def with_recognised(
    corpus: Corpus, texts: Mapping[str, str], model: str, rule: Literal["auto", "keep", "drop"]
) -> Corpus:
    """Return the corpus with the words that a model recognised, by utterance, and a note that says so.

    Utterances without a transcript still are treated by the rule that loaders go by (`missing_transcripts`), so
    the corpus must have been loaded with "keep". Raises CorpusError if nothing is left of a split.
    """
    own = corpus.table["transcript"]
    pairs = zip(corpus.table["utterance"], own, strict=True)
    table = corpus.table.assign(transcript=[words or texts.get(utterance, "") for utterance, words in pairs])
    silent = (table["transcript"] == "").to_numpy()
    dropping = leaves_out_silent(silent, rule)
    count = int(((own == "") & ~silent).sum())
    notes = [note for note in corpus.notes if not is_transcript_note(note)]
    notes += [f"transcripts by {model}: {count} of {len(table)}"] if count else []
    notes += [] if dropping else transcript_notes(silent)
    filled = replace(corpus, table=table, notes=tuple(notes))
    return leave_out(filled, np.flatnonzero(silent).tolist(), NO_TRANSCRIPT) if dropping else filled
