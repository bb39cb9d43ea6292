"""A corpus: labelled utterances, what was left out of it and why, and what must be said of it."""

from dataclasses import dataclass

import pandas as pd

GENDERS = ("female", "male", "")
""""" is unknown."""

COLUMNS = (
    "utterance",
    "path",
    "corpus",
    "speaker",
    "gender",
    "duration_s",
    "split",
    "activation",
    "valence",
    "transcript",
)
"""Columns of every corpus' table, in order; a corpus' own extra columns follow them."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """The kept utterances of a corpus, sorted by id, with labels on the scale [-1, 1].

    table: one row an utterance, columns `COLUMNS` and extras. utterance: unique id. path: absolute.
        speaker: "" unknown. gender: "female", "male" or "" unknown. duration_s: seconds. split: one of
        `SPLITS`; no known speaker is in two unless the notes say so. activation, valence: float64.
        transcript: "" none. Extra columns are as the corpus has them, on its own scales, NaN for none.
    dropped: columns utterance, split ("" unknown), reason (one of `omission.REASONS`).
    notes: what every table of results must say, such as "mapped labels (Russell & Mehrabian 1977)".
    licence: one line, "" unknown.
    draw: which of many divisions of the speakers the splits are; None for the fixed one, and for splits that the
        corpus brings.
    """

    name: str
    table: pd.DataFrame
    dropped: pd.DataFrame
    notes: tuple[str, ...]
    licence: str
    draw: int | None = None
