"""What a run says of its speech: utterances.csv, dropped.csv, splits.csv and standardisers.json."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from fedser.corpora.classes import CATEGORY
from fedser.features import Standardiser
from fedser.results import files
from fedser.results.utterances import UTTERANCES
from fedser.whole_files import write_text
from simulations.hearing import EmbeddedCorpus


def write_utterances(folder: Path, divisions: Sequence[Sequence[EmbeddedCorpus]]) -> None:
    """Write utterances, what was dropped, and speakers into a run folder.

    The environments are given once for each seed that divides the speakers in its own way. Splits of utterances
    are those of the first; where there are several, splits.csv has those of all.
    """
    heard = divisions[0]
    tables = pd.concat([h.corpus.table.assign(environment=h.name) for h in heard], ignore_index=True)
    categories = tables[CATEGORY] if CATEGORY in tables else pd.Series("", index=tables.index)
    tables[CATEGORY] = categories.fillna("").astype(str)
    files.write(folder, "utterances.csv", tables, UTTERANCES)
    dropped = [h.corpus.dropped.assign(environment=h.name) for h in heard]
    files.write(folder, "splits.csv", _splits(divisions), UTTERANCES)
    files.write(folder, "dropped.csv", pd.concat(dropped, ignore_index=True), UTTERANCES)


def _splits(divisions: Sequence[Sequence[EmbeddedCorpus]]) -> pd.DataFrame:
    """Return the split of every speaker for every seed; no rows where all seeds have the same."""
    columns = ["seed", "environment", "corpus", "speaker", "split"]
    tables = [
        h.corpus.table[["corpus", "speaker", "split"]].drop_duplicates().assign(seed=seed, environment=h.name)
        for seed, heard in enumerate(divisions if len(divisions) > 1 else ())
        for h in heard
        if h.corpus.draw is not None
    ]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def write_standardisers(folder: Path, standardisers: Sequence[Mapping[str, Standardiser]]) -> None:
    """Write the z-scores of every division of the speakers, by seed; those of one division are of all seeds."""
    fitted = [{kind: scores.to_dict() for kind, scores in one.items()} for one in standardisers]
    write_text(folder / "standardisers.json", json.dumps(fitted) + "\n")
