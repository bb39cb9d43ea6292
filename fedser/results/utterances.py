"""utterances.csv and dropped.csv: the splits as used, and what was left out of which and why."""

from fedser.results.cells import FINITE, SPARSE, WHOLE, WORD, Kind, each

UTTERANCES: dict[str, dict[str, Kind]] = {
    "utterances.csv": each(WORD, "environment", "utterance", "corpus", "speaker", "gender", "split")
    | each(FINITE, "duration_s", "activation", "valence")
    | {"emotion": SPARSE},
    "dropped.csv": each(WORD, "environment", "utterance", "split", "reason"),
    "splits.csv": {"seed": WHOLE} | each(WORD, "environment", "corpus", "speaker", "split"),
}
"""The columns of each file in order; `emotion` is the category, where a corpus has any.

The splits of utterances are those of the first seed. splits.csv has the speakers' in every seed for the
corpora that each seed divides in its own way; no rows where all seeds share one division.
"""
