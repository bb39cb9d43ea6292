"""Which utterances are left out, and why."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.corpora import reasons
from fedser.corpora.corpus import TARGETS
from fedser.corpora.options import CorpusOptions

NO_TRANSCRIPTS_NOTE = "no transcripts"


@dataclass(frozen=True, eq=False)
class Selection:
    """What is left out of n utterances.

    reason: (n,) one of `reasons.REASONS`, "" for what is kept.
    labelled: (n,) whether an utterance has a usable label; these define the empirical ends of the scale,
        also where a transcript is missing or the duration does not fit.
    """

    reason: NDArray[np.object_]
    labelled: NDArray[np.bool_]
    notes: tuple[str, ...]


def select(rows: pd.DataFrame, label_range: tuple[float, float] | None, options: CorpusOptions) -> Selection:
    """Return what is left out of n rows, which have a duration (NaN: unreadable) and a reason or ""."""
    reason = rows["reason"].to_numpy(dtype=object, copy=True)

    def leave_out(which: NDArray[np.bool_], why: str) -> None:
        reason[which & (reason == "")] = why

    labels = rows[list(TARGETS)].to_numpy(dtype=np.float64)
    duration_s = rows["duration_s"].to_numpy(dtype=np.float64)
    leave_out(np.isnan(duration_s), reasons.UNREADABLE)
    leave_out(np.isnan(labels).any(axis=1), reasons.NO_LABEL)
    low, high = label_range or (-np.inf, np.inf)
    inside = np.isfinite(labels) & (labels >= low) & (labels <= high)
    leave_out(~inside.all(axis=1), reasons.OUT_OF_RANGE)
    labelled = reason == ""
    silent = (rows["transcript"] == "").to_numpy()
    rule = options.missing_transcripts
    if rule == "drop" or (rule == "auto" and not silent[labelled].all()):
        leave_out(silent, reasons.NO_TRANSCRIPT)
    leave_out(duration_s < options.min_duration_s, reasons.TOO_SHORT)
    leave_out(duration_s > options.max_duration_s, reasons.TOO_LONG)
    return Selection(reason, labelled, _transcript_notes(silent[reason == ""]))


def _transcript_notes(silent: NDArray[np.bool_]) -> tuple[str, ...]:
    if not silent.any():
        return ()
    return (NO_TRANSCRIPTS_NOTE if silent.all() else f"utterances without a transcript: {silent.sum()}",)
