"""utterances.csv and dropped.csv of a run: what is heard, in which splits, and what was left out and why."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fedser.corpora.classes import CATEGORY
from fedser.results import files
from fedser.results.utterances import UTTERANCES
from simulations.hearing import EmbeddedCorpus


def write_utterances(folder: Path, heard: Sequence[EmbeddedCorpus]) -> None:
    """Write both files into a run folder."""
    tables = pd.concat([h.corpus.table.assign(environment=h.name) for h in heard], ignore_index=True)
    categories = tables[CATEGORY] if CATEGORY in tables else pd.Series("", index=tables.index)
    tables[CATEGORY] = categories.fillna("").astype(str)
    files.write(folder, "utterances.csv", tables, UTTERANCES)
    dropped = [h.corpus.dropped.assign(environment=h.name) for h in heard]
    files.write(folder, "dropped.csv", pd.concat(dropped, ignore_index=True), UTTERANCES)
