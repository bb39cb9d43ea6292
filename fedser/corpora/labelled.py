"""Labels from a release's own files, joined with its audio."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from fedser.vocabulary import TARGETS


def join_audio(
    labels: Mapping[str, Mapping[str, object]], audio: Mapping[str, Path], expected: Callable[[str], Path]
) -> pd.DataFrame:
    """Return a row for every utterance that has a label, audio, or both, in the order of their ids.

    labels: utterance → its columns, activation and valence among them. Audio without a label has NaN there;
    for a label without audio, `expected` says where the file should lie.
    """
    unlabelled: dict[str, object] = dict.fromkeys(TARGETS, math.nan)
    utterances = sorted({*labels, *audio})
    rows = pd.DataFrame.from_records([dict(labels.get(utterance, unlabelled)) for utterance in utterances])
    rows.insert(0, "utterance", utterances)
    rows.insert(1, "path", [str(audio.get(utterance) or expected(utterance)) for utterance in utterances])
    return rows
