"""A corpus heard in an environment: an acoustic encoder that hears every waveform there first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.acoustics import Environment, render
from fedser.features.encoder import Encoder, Waveform


@dataclass(frozen=True)
class HeardIn:
    """An encoder behind an environment; its settings hold both, so a store gives it a shelf of its own."""

    encoder: Encoder[Waveform]
    environment: Environment

    @property
    def name(self) -> str:
        """The name of the encoder."""
        return self.encoder.name

    @property
    def dimension(self) -> int:
        """The length d of a vector."""
        return self.encoder.dimension

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes the numbers: the encoder's settings, and the environment's by content."""
        return {**self.encoder.settings, "heard_in": self.environment.settings}

    @property
    def standardise(self) -> bool:
        """Whether the encoder's vectors want z-scores."""
        return self.encoder.standardise

    @property
    def in_workers(self) -> bool:
        """Whether the encoder belongs in the worker processes."""
        return self.encoder.in_workers

    def encode(self, waveforms: Sequence[Waveform], /) -> NDArray[np.float32]:
        """Return (len, d) for waveforms of shape (n,), at 16 kHz, each as heard in the environment."""
        return self.encoder.encode([render(waveform, self.environment)[0] for waveform in waveforms])


def heard_in(encoder: Encoder[Waveform], environment: Environment) -> Encoder[Waveform]:
    """Return the encoder that hears the environment: in a clean one the encoder itself, on its own shelf."""
    return encoder if environment.clean else HeardIn(encoder, environment)
