"""Utterances that turn out to be of no use after a corpus has been loaded."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.errors import CorpusError
from fedser.vocabulary import SPLITS


def leave_out(corpus: Corpus, positions: Sequence[int], reason: str) -> Corpus:
    """Move the utterances at some positions of the table to the dropped ones, for one of `omission.REASONS`.

    Raises CorpusError if nothing is left of a split.
    """
    lost = corpus.table.iloc[np.sort(np.asarray(positions, dtype=np.int64))]
    table = corpus.table.drop(index=lost.index).reset_index(drop=True)
    for split in SPLITS:
        if not (table["split"] == split).any():
            raise CorpusError(
                f"nothing is left of the {split} split: {len(lost)} utterances are left out ({reason})"
            )
    dropped = lost[["utterance", "split"]].assign(reason=reason)
    dropped = pd.concat([corpus.dropped, dropped], ignore_index=True)
    return Corpus(corpus.name, table, dropped, corpus.notes, corpus.licence)


OTHER_PARTITION = "other partition"
"""In a part of the corpus that is none of the three splits; its label still defines the ends of the scale."""
NO_SIGNAL = "no signal"
"""Silence, a constant, or channels that cancel each other."""
UNREADABLE = "unreadable"
NO_LABEL = "no label"
PARTIAL_LABEL = "partial label"
"""One of the ratings behind the label is blank or no number."""
OUT_OF_RANGE = "label out of range"
NO_TRANSCRIPT = "no transcript"
TOO_SHORT = "too short"
TOO_LONG = "too long"

REASONS = (
    OTHER_PARTITION,
    NO_SIGNAL,
    UNREADABLE,
    NO_LABEL,
    PARTIAL_LABEL,
    OUT_OF_RANGE,
    NO_TRANSCRIPT,
    TOO_SHORT,
    TOO_LONG,
)
