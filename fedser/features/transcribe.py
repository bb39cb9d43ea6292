"""Transcripts for corpora that bring none: a local pass of speech recognition, stored beside the features.

Stored by audio content, model and settings, and committed every few utterances, as features are: a killed pass
goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedser.features.encoder import Transcriber
from fedser.features.passage import OnProgress, hear, run_files
from fedser.features.pool import Work
from fedser.features.store import FeatureStore


@dataclass(frozen=True)
class Transcription:
    """What was said in n audio files."""

    texts: list[str]
    """"" where nothing was recognised, or the file is unreadable."""
    failures: dict[int, str]
    """Position of an unreadable file → reason."""


def transcribe(
    paths: Sequence[str | Path],
    transcriber: Transcriber,
    store: FeatureStore,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> Transcription:
    """Return the transcripts of audio files, recognising those that the store lacks.

    Raises FeatureError if the store is damaged or a worker dies; ConfigError for less than one worker.
    """
    shelf = store.texts(transcriber)
    work = Work(hear, transcriber.transcribe, _always_usable, transcriber.in_workers)
    account = run_files(paths, work, shelf, store.files, workers, on_progress)
    kept = shelf.texts()
    return Transcription([kept.get(row, "") for row in account.rows.tolist()], account.failures)


def _always_usable(_: str) -> str:
    return ""
