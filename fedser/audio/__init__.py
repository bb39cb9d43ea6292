"""Audio files as mono samples at the rate an encoder wants, and why some of them are of no use."""

from fedser.audio.faults import NoSignalError, UnreadableAudioError
from fedser.audio.files import check_openable
from fedser.audio.reading import duration_s, examine, read

SUFFIXES = (".wav", ".flac")
"""Endings of the files that corpora are made of, in lower case."""

__all__ = [
    "SUFFIXES",
    "NoSignalError",
    "UnreadableAudioError",
    "check_openable",
    "duration_s",
    "examine",
    "read",
]
