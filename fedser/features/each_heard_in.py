"""A corpus whose utterances are each heard in a room of their own: one shelf, found again by speech and room.

The vector of an utterance in a room is computed once, whichever place, seed or run it is wanted for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedser.acoustics import Environment, render
from fedser.features.digests import AudioFile
from fedser.features.encoder import Encoder, Waveform
from fedser.features.extract import Extraction, unusable
from fedser.features.passage import OnProgress, hear, run
from fedser.features.pool import EncoderInput, Work
from fedser.features.store import FeatureStore

Heard = tuple[AudioFile, Environment]


@dataclass(frozen=True)
class _Shelved:
    """What a shelf must know of an encoder behind environments that differ: they are in the digests, not here."""

    encoder: Encoder[Waveform]

    name = property(lambda self: self.encoder.name)
    dimension = property(lambda self: self.encoder.dimension)
    standardise = property(lambda self: self.encoder.standardise)
    in_workers = property(lambda self: self.encoder.in_workers)
    settings = property(lambda self: {**self.encoder.settings, "heard_in": "each its own"})

    def encode(self, waveforms: Sequence[Waveform], /) -> NDArray[np.float32]:
        """Return what the encoder does."""
        return self.encoder.encode(waveforms)


def extract_each(
    paths: Sequence[str | Path],
    environments: Sequence[Environment],
    encoder: Encoder[Waveform],
    store: FeatureStore,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> Extraction:
    """Return the vectors of audio files, each heard in its environment; otherwise `extract_acoustic`."""

    def identify(chunk: Sequence[tuple[Path, Environment]]) -> list[tuple[bytes, Heard] | str]:
        files = store.files.identify([path for path, _ in chunk])
        return [
            file if isinstance(file, str) else (_digest(file, environment), (file, environment))
            for file, (_, environment) in zip(files, chunk, strict=True)
        ]

    shelf = store.shelf(_Shelved(encoder))
    work = Work(_hear_there, encoder.encode, partial(unusable, encoder.name), encoder.in_workers)
    items = list(zip([Path(path).absolute() for path in paths], environments, strict=True))
    account = run(items, identify, work, shelf, workers, on_progress)
    return Extraction(account.rows, account.failures, shelf.verified(account.rows))


def _digest(file: AudioFile, environment: Environment) -> bytes:
    return hashlib.blake2b(file.digest + environment.digest, digest_size=20).digest()


def _hear_there(heard: Heard) -> EncoderInput:
    """Read an utterance in a worker, and let it be heard in its environment."""
    file, environment = heard
    read = hear(file)
    if read.reason:
        return read
    return EncoderInput(render(read.content, environment)[0], read.seconds)
