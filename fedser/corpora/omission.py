"""Utterances that turn out to be of no use after a corpus has been loaded."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fedser.corpora.corpus import SPLITS, Corpus
from fedser.errors import CorpusError


def leave_out(corpus: Corpus, positions: Sequence[int], reason: str) -> Corpus:
    """Move the utterances at some positions of the table to the dropped ones, for one of `reasons.REASONS`.

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
