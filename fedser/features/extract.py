"""Extraction: every utterance through a frozen encoder once, and never again.

Progress is committed every few utterances, so a killed extraction goes on where it was. A file that cannot be
read is reported and skipped. The number of workers changes the time only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedser.features import digests
from fedser.features.encoder import Encoder, Waveform
from fedser.features.passage import OnProgress, hear, run, run_files
from fedser.features.pool import EncoderInput, Work
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
    encoder: Encoder[Waveform],
    store: FeatureStore,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> Extraction:
    """Return the vectors of audio files, computing those that the store lacks.

    Raises FeatureError if the store is damaged or a worker dies; ConfigError for less than one worker.
    """

    shelf = store.shelf(encoder)
    work = Work(hear, encoder.encode, partial(unusable, encoder.name), encoder.in_workers)
    account = run_files(paths, work, shelf, store.files, workers, on_progress)
    return Extraction(account.rows, account.failures, shelf.verified(account.rows))


def extract_lexical(
    transcripts: Sequence[str],
    encoder: Encoder[str],
    store: FeatureStore,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> Extraction:
    """Return the vectors of transcripts, computing those that the store lacks; the twin of `extract_acoustic`."""

    def identify(chunk: Sequence[str]) -> list[tuple[bytes, str] | str]:
        return [(digests.of_text(text), text) for text in chunk]

    shelf = store.shelf(encoder)
    work = Work(EncoderInput, encoder.encode, partial(unusable, encoder.name), encoder.in_workers)
    account = run(transcripts, identify, work, shelf, workers, on_progress)
    return Extraction(account.rows, account.failures, shelf.verified(account.rows))


def unusable(name: str, vector: NDArray[np.float32]) -> str:
    """Return why a vector is of no use, or ""."""
    return "" if np.isfinite(vector).all() else f"the encoder {name} gives no finite numbers for it"
