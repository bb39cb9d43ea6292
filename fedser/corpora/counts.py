"""How many utterances of each corpus are kept, and how many are left out and why (the paper's Table 1)."""

from collections.abc import Sequence

import pandas as pd

from fedser.corpora.corpus import SPLITS, Corpus
from fedser.corpora.reasons import REASONS

UNKNOWN_SPLIT = "?"
"""Stands for the split of utterances left out whose speaker is in no split."""


def count(corpora: Sequence[Corpus]) -> pd.DataFrame:
    """Return one row for each corpus and split, in the order given and of `SPLITS`.

    Columns: corpus, split, kept, speakers (known ones, of kept utterances), hours (kept), and a number of
    utterances left out for each of `REASONS`. A row with the split "?" follows where some left-out utterances
    are of no split.

    >>> count([]).columns.tolist()[:5]
    ['corpus', 'split', 'kept', 'speakers', 'hours']
    """
    rows = [_row(corpus, split) for corpus in corpora for split in _splits_of(corpus)]
    return pd.DataFrame(rows, columns=["corpus", "split", "kept", "speakers", "hours", *REASONS])


def _splits_of(corpus: Corpus) -> tuple[str, ...]:
    return (*SPLITS, "") if (corpus.dropped["split"] == "").any() else SPLITS


def _row(corpus: Corpus, split: str) -> dict[str, object]:
    kept = corpus.table[corpus.table["split"] == split]
    dropped = corpus.dropped.loc[corpus.dropped["split"] == split, "reason"].value_counts()
    return {
        "corpus": corpus.name,
        "split": split or UNKNOWN_SPLIT,
        "kept": len(kept),
        "speakers": kept.loc[kept["speaker"] != "", "speaker"].nunique(),
        "hours": float(kept["duration_s"].sum()) / 3600,
        **{reason: int(dropped.get(reason, 0)) for reason in REASONS},
    }
