"""utterances.csv and dropped.csv: the splits as used, and what was left out of which and why."""

from fedser.results.cells import FINITE, SPARSE, WORD, Kind, each

UTTERANCES: dict[str, dict[str, Kind]] = {
    "utterances.csv": each(WORD, "environment", "utterance", "corpus", "speaker", "gender", "split")
    | each(FINITE, "duration_s", "activation", "valence")
    | {"emotion": SPARSE},
    "dropped.csv": each(WORD, "environment", "utterance", "split", "reason"),
}
"""The columns of each file in order; `emotion` is the category, where a corpus has any."""
