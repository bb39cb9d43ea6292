"""The classes that an utterance is counted in: its category where the corpus has categories, and its levels."""

import numpy as np
import pandas as pd

from fedser.metrics.uar import LEVELS, bin_levels
from fedser.vocabulary import TARGETS

CATEGORY = "emotion"
"""The extra column in which corpora keep the category of an utterance, "" none."""

_MOST_CATEGORIES = 30
"""More different words than this are not categories but free text."""


def label_classes(labels: pd.DataFrame) -> pd.DataFrame:
    """Return one column for each kind of class of n utterances, from their labels on [-1, 1], NaN none.

    Kinds: `CATEGORY` where the corpus has two or more categories; "activation" and "valence", each one of
    `LEVELS` (the bins of the UAR). A class is "" where there is none.
    """
    kinds = {}
    if has_categories(labels):
        kinds[CATEGORY] = labels[CATEGORY].astype(str).to_numpy(dtype=object)
    for target in TARGETS:
        kinds[target] = _levels(labels[target].to_numpy(dtype=np.float64))
    return pd.DataFrame(kinds, index=labels.index)


def has_categories(labels: pd.DataFrame) -> bool:
    """Return whether the utterances come with categories: two or more, and few enough to be such."""
    if CATEGORY not in labels:
        return False
    words = labels[CATEGORY].fillna("").astype(str)
    return 2 <= words[words != ""].nunique() <= _MOST_CATEGORIES


def _levels(values: "np.ndarray") -> "np.ndarray":
    words = np.full(len(values), "", dtype=object)
    known = np.isfinite(values)
    words[known] = np.array(LEVELS, dtype=object)[bin_levels(values[known])]
    return words
