"""Training, validation and test speakers: no speaker is in two splits."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd

from fedser.corpora.balance import Amounts, improve
from fedser.corpora.options import SplitFractions
from fedser.errors import CorpusError
from fedser.vocabulary import SPLITS


def split_speakers(utterances: pd.DataFrame, fractions: SplitFractions, draw: int | None = None) -> dict[str, str]:
    """Return the split of each speaker of n utterances; `draw` numbers a division, None is the fixed one.

    utterances: columns speaker and gender ("" unknown); every other column is a kind of class, "" none. Each
    gender's speakers, in the order of a hash of their name, are divided by the fractions, the remainders of
    one gender being made good by the next; no split is left empty. Then speakers change places until every class
    is in every split, where that can be reached, and utterances, classes and genders are shared out evenly
    (`fedser.corpora.balance`). The order of files does not matter; each draw hashes names in a way of its own,
    the same for every corpus. Raises CorpusError for fewer than three speakers.
    """
    # "" sorts before "female" and "male": a gender known anywhere is taken.
    genders = utterances.groupby("speaker")["gender"].max()
    speakers = sorted(map(str, genders.index), key=lambda speaker: hash_order(speaker, draw))
    if len(speakers) < len(SPLITS):
        raise CorpusError(
            f"{len(speakers)} speaker{'s' * (len(speakers) != 1)}, but train, validation and test need one each"
        )
    start = by_gender({speaker: str(genders[speaker]) for speaker in speakers}, fractions)
    known = utterances.assign(gender=utterances["speaker"].map(genders))
    amounts = Amounts.of(known, speakers, fractions.model_dump())
    splits = improve(amounts, np.array([SPLITS.index(start[speaker]) for speaker in speakers]), draw is not None)
    return {speaker: SPLITS[split] for speaker, split in zip(speakers, splits, strict=True)}


def check_splits(rows: pd.DataFrame, overlap: Literal["refuse", "keep"] = "refuse") -> tuple[str, ...]:
    """Return what must be said of the splits that a corpus brings.

    Raises CorpusError unless every row has a split of `SPLITS`, and for a known speaker in two of them; with
    overlap = "keep" such speakers are counted in a note instead.
    """
    unknown = rows.loc[~rows["split"].isin(SPLITS), "split"]
    if len(unknown):
        split = f'unknown split "{unknown.iloc[0]}"' if unknown.iloc[0] else "no split, though others have one"
        raise CorpusError(f"{split} (utterances: {len(unknown)}); known: {', '.join(SPLITS)}")
    named = rows.loc[rows["speaker"] != "", ["speaker", "split"]].drop_duplicates()
    twice = named[named["speaker"].duplicated(keep=False)].sort_values(["speaker", "split"])
    if twice.empty:
        return ()
    if overlap == "refuse":
        speaker = twice["speaker"].iloc[0]
        both = twice.loc[twice["speaker"] == speaker, "split"]
        raise CorpusError(
            f'speaker "{speaker}" is in the splits {" and ".join(both)}; a speaker must be in one only'
            ' (speaker_overlap = "keep" takes the splits as they are)'
        )
    theirs = rows["speaker"].isin(twice["speaker"]).sum()
    return (
        f"speakers in more than one split: {twice['speaker'].nunique()} (utterances: {theirs});"
        " the corpus' own splits are kept",
    )


def by_gender(genders: Mapping[str, str], fractions: SplitFractions) -> dict[str, str]:
    """Return the split of each speaker from their genders alone, speakers in the order given."""
    splits = {}
    for gender, per_split in _speakers_per_split(Counter(genders.values()), fractions).items():
        speakers = iter([speaker for speaker in genders if genders[speaker] == gender])
        for split in SPLITS:
            splits.update({next(speakers): split for _ in range(per_split[split])})
    return splits


def _speakers_per_split(speakers_of: Mapping[str, int], fractions: SplitFractions) -> dict[str, dict[str, int]]:
    """Return gender → split → number of speakers; rows and columns rounded together."""
    # A third is meant by 0.333…, so that shares that should be whole are whole.
    exact = {split: Fraction(getattr(fractions, split)).limit_denominator(10_000) for split in SPLITS}
    whole = sum(exact.values())
    counts: dict[str, dict[str, int]] = {}
    owed = dict.fromkeys(SPLITS, Fraction(0))
    for gender in sorted(speakers_of):
        share = {split: speakers_of[gender] * exact[split] / whole for split in SPLITS}
        row = {split: int(share[split]) for split in SPLITS}
        owed = {split: owed[split] + share[split] - row[split] for split in SPLITS}
        # A split whose share is whole gets no remainder, so that no cell is off by one speaker or more.
        takers = [split for split in SPLITS if share[split] != row[split]]
        for split in sorted(takers, key=lambda s: -owed[s])[: speakers_of[gender] - sum(row.values())]:
            row[split] += 1
            owed[split] -= 1
        counts[gender] = row
    _leave_none_empty(counts)
    return counts


def _leave_none_empty(counts: dict[str, dict[str, int]]) -> None:
    """Move a speaker, in place, from the largest split to each empty one."""
    for split in SPLITS:
        if not any(row[split] for row in counts.values()):
            donor = max(SPLITS, key=lambda s: sum(row[s] for row in counts.values()))
            gender = max(counts, key=lambda g: counts[g][donor])
            counts[gender][donor] -= 1
            counts[gender][split] += 1


def hash_order(speaker: str, draw: int | None = None) -> tuple[bytes, bytes]:
    """Return the key that speakers are sorted by: no name is before another on purpose; another in every draw."""
    name = speaker.encode("utf-8", "surrogatepass")
    key = b"" if draw is None else f"speaker split {draw}".encode()
    return hashlib.blake2b(name, digest_size=16, key=key).digest(), name
