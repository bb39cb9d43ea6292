"""Why an utterance of a corpus is left out; each has one reason, the first that holds in this order."""

OTHER_PARTITION = "other partition"
"""In a part of the corpus that is none of the three splits; its label still defines the ends of the scale."""
UNREADABLE = "unreadable"
NO_LABEL = "no label"
PARTIAL_LABEL = "partial label"
"""One of the ratings behind the label is blank or no number."""
OUT_OF_RANGE = "label out of range"
NO_TRANSCRIPT = "no transcript"
TOO_SHORT = "too short"
TOO_LONG = "too long"

REASONS = (
    OTHER_PARTITION,
    UNREADABLE,
    NO_LABEL,
    PARTIAL_LABEL,
    OUT_OF_RANGE,
    NO_TRANSCRIPT,
    TOO_SHORT,
    TOO_LONG,
)
