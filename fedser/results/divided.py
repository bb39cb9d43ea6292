"""The utterances of a run as one seed divides them."""

from typing import Protocol

import pandas as pd

_SPEAKER = ["environment", "corpus", "speaker"]


class WithSplits(Protocol):
    """A run that tells of its utterances and of how each seed divides their speakers."""

    @property
    def utterances(self) -> pd.DataFrame:
        """The columns of utterances.csv."""

    @property
    def splits(self) -> pd.DataFrame:
        """The columns of splits.csv."""


def utterances_of(run: WithSplits, seed: int) -> pd.DataFrame:
    """Return the columns of utterances.csv with the splits of a seed; one row an utterance, in the same order."""
    drawn = run.splits[run.splits["seed"] == seed].set_index(_SPEAKER)["split"]
    if drawn.empty:
        return run.utterances
    own = drawn.reindex(pd.MultiIndex.from_frame(run.utterances[_SPEAKER])).set_axis(run.utterances.index)
    return run.utterances.assign(split=own.fillna(run.utterances["split"]))
