"""Why an utterance of a corpus is left out; each has one reason, the first that holds in this order."""

UNREADABLE = "unreadable"
NO_LABEL = "no label"
OUT_OF_RANGE = "label out of range"
NO_TRANSCRIPT = "no transcript"
TOO_SHORT = "too short"
TOO_LONG = "too long"

REASONS = (UNREADABLE, NO_LABEL, OUT_OF_RANGE, NO_TRANSCRIPT, TOO_SHORT, TOO_LONG)
