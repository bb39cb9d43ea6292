"""Transcripts by speech recognition, put where a corpus has none."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from fedser.corpora.corpus import Corpus
from fedser.corpora.omission import leave_out
from fedser.corpora.reasons import NO_TRANSCRIPT
from fedser.corpora.selection import is_transcript_note, transcript_notes


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
    dropping = rule == "drop" or (rule == "auto" and not silent.all())
    count = int(((own == "") & ~silent).sum())
    notes = [note for note in corpus.notes if not is_transcript_note(note)]
    notes += [f"transcripts by {model}: {count} of {len(table)}"] if count else []
    notes += [] if dropping else transcript_notes(silent)
    filled = replace(corpus, table=table, notes=tuple(notes))
    return leave_out(filled, np.flatnonzero(silent).tolist(), NO_TRANSCRIPT) if dropping else filled
