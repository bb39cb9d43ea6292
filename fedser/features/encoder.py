"""What an encoder is: waveforms or transcripts in, one float32 vector of fixed length each out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """What both kinds of encoder say about themselves.

    Encoders are frozen: the same input gives the same vector, whatever it was batched with. They travel to
    worker processes by pickle, so a large model is loaded at first use, not when the encoder is made.
    """

    @property
    def name(self) -> str:
        """The name in a configuration."""

    @property
    def dimension(self) -> int:
        """The length d of a vector."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that changes the numbers, fit for JSON; stored features are found again by it."""

    @property
    def standardise(self) -> bool:
        """Whether the vectors are made by hand and want z-scores (see `Standardiser`)."""

    @property
    def in_workers(self) -> bool:
        """Whether to encode in the worker processes; if not (a GPU), they only read ahead of it."""


class AcousticEncoder(Encoder, Protocol):
    """Turns waveforms into vectors."""

    def encode(self, waveforms: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return (len, d) for waveforms of shape (n,), at 16 kHz, of any lengths ≥ 1."""


class LexicalEncoder(Encoder, Protocol):
    """Turns transcripts into vectors."""

    def encode(self, transcripts: Sequence[str]) -> NDArray[np.float32]:
        """Return (len, d); an empty transcript is allowed."""


class Transcriber(Protocol):
    """Turns waveforms into words; like an encoder, it is frozen and travels to worker processes."""

    @property
    def name(self) -> str:
        """What kind of model it is."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that changes the words, fit for JSON; stored transcripts are found again by it."""

    @property
    def in_workers(self) -> bool:
        """Whether to transcribe in the worker processes; if not (a GPU), they only read ahead of it."""

    def transcribe(self, waveforms: Sequence[NDArray[np.float32]]) -> list[str]:
        """Return the words of each waveform (n,) at 16 kHz, "" where there are none."""
