"""The CSV files of a one-device run: their columns, and what may stand in them."""

from fedser.results.cells import FINITE, OPTIONAL, WHOLE, WORD, Kind, each
from fedser.results.utterances import UTTERANCES

_ARM = {"seed": WHOLE} | each(WORD, "method", "memory", "stage")

SCHEMA: dict[str, dict[str, Kind]] = {
    "scores.csv": _ARM | each(WORD, "environment", "split", "target", "metric") | {"value": FINITE},
    "costs.csv": _ARM
    | each(WHOLE, "epochs", "steps")
    | each(FINITE, "seconds", "rows_per_step")
    | each(WHOLE, "utterances", "flops", "memory_bytes")
    | {"passes_per_utterance": FINITE, "trigger_rate": OPTIONAL},
    "curves.csv": _ARM | {"epoch": WHOLE, "train_loss": FINITE, "validation_loss": OPTIONAL},
    "speakers.csv": _ARM
    | each(WORD, "environment", "target", "speaker")
    | {"n": WHOLE}
    | each(FINITE, "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both"),
    "predictions.csv": _ARM
    | each(WORD, "environment", "utterance")
    | each(FINITE, "activation", "valence", "predicted_activation", "predicted_valence"),
} | UTTERANCES
"""The columns of each file in order, and how a cell is read.

speakers.csv holds what each test speaker adds to a score of the whole test split: centred sufficient statistics
(`fedser.metrics.pooled.Moments`) of predictions and labels, from which its CCC follows to the last bits.
"""
