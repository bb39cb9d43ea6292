"""Which utterances are left out, and why."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.corpora import omission
from fedser.corpora.options import CorpusOptions
from fedser.vocabulary import TARGETS

NO_TRANSCRIPTS_NOTE = "no transcripts"
_SILENT_NOTE = "utterances without a transcript: "

_UNUSABLE = (
    omission.NO_SIGNAL,
    omission.UNREADABLE,
    omission.NO_LABEL,
    omission.PARTIAL_LABEL,
    omission.OUT_OF_RANGE,
)
"""Without audio or a label that can be relied on."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What is left out of n utterances.

    reason: (n,) one of `omission.REASONS`, "" for what is kept.
    labelled: (n,) whether an utterance has audio and a usable label; these define the empirical ends of the
        scale, also in another partition, without a transcript, or where the duration does not fit.
    """

    reason: NDArray[np.object_]
    labelled: NDArray[np.bool_]
    notes: tuple[str, ...]


def select(rows: pd.DataFrame, label_range: tuple[float, float] | None, options: CorpusOptions) -> LeftOut:
    """Return what is left out of n rows, which have a duration (NaN: unreadable) and a reason or ""."""
    given = rows["reason"].to_numpy(dtype=object)
    holds = {reason: given == reason for reason in omission.REASONS}
    labels = rows[list(TARGETS)].to_numpy(dtype=np.float64)
    duration_s = rows["duration_s"].to_numpy(dtype=np.float64)
    low, high = label_range or (-np.inf, np.inf)
    inside = np.isfinite(labels) & (labels >= low) & (labels <= high)
    holds[omission.UNREADABLE] |= np.isnan(duration_s)
    holds[omission.NO_LABEL] |= np.isnan(labels).any(axis=1)
    holds[omission.OUT_OF_RANGE] |= ~inside.all(axis=1)
    labelled = ~np.any([holds[reason] for reason in _UNUSABLE], axis=0)
    silent = (rows["transcript"] == "").to_numpy()
    spoken_of = labelled & ~holds[omission.OTHER_PARTITION]
    rule = options.missing_transcripts
    if leaves_out_silent(silent[spoken_of], rule):
        holds[omission.NO_TRANSCRIPT] |= silent
    holds[omission.TOO_SHORT] |= duration_s < options.min_duration_s
    holds[omission.TOO_LONG] |= duration_s > options.max_duration_s
    reason = np.full(len(rows), "", dtype=object)
    for why in reversed(omission.REASONS):
        reason[holds[why]] = why
    return LeftOut(reason, labelled, transcript_notes(silent[reason == ""]))


def leaves_out_silent(silent: NDArray[np.bool_], rule: str) -> bool:
    """Return whether utterances without a transcript are left out; `silent`: (n,) which of the usable ones.

    "auto" does so where they are the exception: a few transcripts among thousands cost no corpus the others.
    """
    return rule == "drop" or (rule == "auto" and 2 * int(silent.sum()) <= len(silent))


def transcript_notes(silent: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return what must be said of kept utterances of which some, `silent`, have no transcript."""
    if not silent.any():
        return ()
    return (NO_TRANSCRIPTS_NOTE if silent.all() else f"{_SILENT_NOTE}{silent.sum()}",)


def is_transcript_note(note: str) -> bool:
    """Return whether a note comes from `transcript_notes`."""
    return note == NO_TRANSCRIPTS_NOTE or note.startswith(_SILENT_NOTE)
