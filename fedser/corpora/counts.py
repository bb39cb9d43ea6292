"""How many utterances of each corpus are kept, and how many are left out and why (the paper's Table 1)."""

from collections.abc import Sequence
from types import MappingProxyType

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.omission import REASONS
from fedser.vocabulary import SPLITS

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


PUBLISHED_COUNTS = MappingProxyType(
    {
        "msp-podcast": {"train": 40727, "validation": 7012, "test": 13903},
        "msp-improv": {"train": 4257, "validation": 1156, "test": 1227},
        "iemocap": {"train": 4847, "validation": 1723, "test": 1657},
    }
)
"""Tavernor et al. (2023), Table 1: corpus → split → utterances."""

PUBLISHED_NOTES = MappingProxyType(
    {
        "msp-podcast": "the paper had release 1.8",
        "iemocap": "the paper's counts fit limits of 2–15 s and cannot be reached with its 3–30 s",
    }
)
"""What explains a difference."""
