"""The words and numbers that corpora, models, files and messages have in common, each written down once."""

TARGETS = ("activation", "valence")
"""What is predicted, in the order of every (n, 2) array; both in [-1, 1]."""

SPLITS = ("train", "validation", "test")
"""What an utterance is for."""

SCORED_SPLITS = ("validation", "test")
"""The splits that models are scored on."""

RATE_HZ = 16_000
"""The sampling rate of all audio, in samples per second."""
