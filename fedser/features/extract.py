"""Extraction: every utterance through a frozen encoder once, and never again.

Progress is committed every few utterances, so a killed extraction goes on where it was. A file that cannot be
read is reported and skipped. The number of workers changes the time only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedser import audio
from fedser.errors import ConfigError
from fedser.features import digests
from fedser.features.digests import AudioFile, Stamp
from fedser.features.encoder import RATE_HZ, AcousticEncoder, LexicalEncoder
from fedser.features.ledger import Ledger, OnProgress
from fedser.features.pool import Heard, Work, in_order
from fedser.features.store import FeatureStore


@dataclass(frozen=True, eq=False)
class Extraction:
    """Where the vectors of n utterances lie."""

    rows: NDArray[np.int64]
    """(n,) row in `matrix`, −1 where the utterance is unreadable."""
    failures: dict[int, str]
    """Position of an unreadable utterance → reason."""
    matrix: NDArray[np.float32]
    """(rows of the store, d), memory-mapped."""

    def vectors(self, positions: ArrayLike | None = None) -> NDArray[np.float32]:
        """Return (n, d) of the utterances at these positions, in this order (all by default).

        Raises ValueError if one of them is unreadable: leave out the `failures` first.
        """
        rows = self.rows if positions is None else self.rows[np.asarray(positions, dtype=np.int64)]
        if (rows < 0).any():
            raise ValueError(
                f"{np.count_nonzero(rows < 0)} of {len(rows)} utterances are unreadable and have no vector"
            )
        return np.asarray(self.matrix[rows])


def extract_acoustic(
    paths: Sequence[str | Path],
    encoder: AcousticEncoder,
    store: FeatureStore,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> Extraction:
    """Return the vectors of audio files, computing those that the store lacks.

    Raises FeatureError if the store is damaged or a worker dies; ConfigError for less than one worker.
    """

    def identify(chunk: Sequence[Path]) -> list[tuple[bytes, AudioFile] | str]:
        found = store.files.identify(chunk)
        return [each if isinstance(each, str) else (each.digest, each) for each in found]

    files = [Path(path).absolute() for path in paths]
    return _extract(files, identify, Work(hear, encoder), store, workers, on_progress)


def extract_lexical(
    transcripts: Sequence[str],
    encoder: LexicalEncoder,
    store: FeatureStore,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> Extraction:
    """Return the vectors of transcripts, computing those that the store lacks; the twin of `extract_acoustic`."""

    def identify(chunk: Sequence[str]) -> list[tuple[bytes, str] | str]:
        return [(digests.of_text(text), text) for text in chunk]

    return _extract(transcripts, identify, Work(Heard, encoder), store, workers, on_progress)


def hear(file: AudioFile) -> Heard:
    """Read one audio file in a worker; the reason says why if that cannot be done."""
    try:
        waveform = audio.read(file.path, RATE_HZ)
        if Stamp.of(file.path) != file.stamp:
            return Heard(reason="changed while it was being read")
    except audio.UnreadableAudioError as error:
        return Heard(reason=str(error).removeprefix(f"{file.path}: "))
    except OSError as error:
        return Heard(reason=f"cannot be read ({error.strerror or error})")
    return Heard(waveform, len(waveform) / RATE_HZ)


def _extract(
    items: Sequence[Any],
    identify: Callable[[Sequence[Any]], Sequence[tuple[bytes, Any] | str]],
    work: Work,
    store: FeatureStore,
    workers: int,
    on_progress: OnProgress | None,
) -> Extraction:
    if workers < 1:
        raise ConfigError(f"workers: expected a number ≥ 1, got {workers}")
    shelf = store.shelf(work.encoder)
    ledger = Ledger(len(items), shelf, on_progress)
    for job, results in in_order(work, ledger.jobs(items, identify), workers):
        ledger.take(job, results)
    ledger.commit()
    return Extraction(ledger.rows, ledger.failures, shelf.matrix())
