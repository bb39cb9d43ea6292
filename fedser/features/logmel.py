"""Log-mel statistics: mean and standard deviation over time of 80 log-mel bands."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.sparse import csr_array
from transformers.audio_utils import mel_filter_bank, window_function

from fedser.features.encoder import AcousticEncoder, Waveform
from fedser.vocabulary import RATE_HZ

BANDS = 80
FRAME, HOP, FFT = 400, 160, 512  # 25 ms every 10 ms
LOW_HZ, HIGH_HZ = 60.0, 8000.0
FLOOR = 1e-6
"""Least energy of a band before the logarithm, about the hiss of a quiet room.

Below it lies how a corpus was recorded (some fill pauses with digital zeros), not how a voice sounds, and the
statistics of one corpus would not hold for the next.
"""


def log_mel(waveform: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the natural logarithm of the band energies, (frames, 80), of a waveform (n,) at 16 kHz.

    Each frame of 25 ms loses its mean (a microphone's offset is no speech), is shaped by a periodic Hann
    window and its power spectrum averaged by Slaney's triangles from 60 Hz to 8 kHz. Frames start every 10 ms
    and lie wholly inside the waveform; one shorter than a frame is padded with silence. Equal to
    `transformers.audio_utils.spectrogram`, which goes frame by frame, at two thirds of its time.
    """
    samples = np.zeros(max(FRAME, len(waveform)))
    samples[: len(waveform)] = waveform
    frames = sliding_window_view(samples, FRAME)[::HOP]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window_function(FRAME, "hann")
    spectrum = scipy.fft.rfft(frames, n=FFT, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    # A sparse product is a plain loop: no BLAS, whose last bits may depend on its number of threads.
    bands: NDArray[np.float64] = power @ _filters()
    return np.log(np.maximum(bands, FLOOR))


@cache
def _filters() -> csr_array:
    """Return the mel triangles, (257, 80); a frequency lies in two of them at most."""
    triangles = mel_filter_bank(
        num_frequency_bins=FFT // 2 + 1,
        num_mel_filters=BANDS,
        min_frequency=LOW_HZ,
        max_frequency=HIGH_HZ,
        sampling_rate=RATE_HZ,
        norm="slaney",
        mel_scale="slaney",
    )
    return csr_array(triangles)


class LogMel(AcousticEncoder):
    """The embedded acoustic encoder: 160 numbers, no download."""

    name = "logmel"
    dimension = 2 * BANDS
    standardise = True
    revision = 2

    def described(self) -> dict[str, Any]:
        """Return what the numbers are."""
        return {
            "rate_hz": RATE_HZ,
            "bands": BANDS,
            "frame_hop_fft": [FRAME, HOP, FFT],
            "range_hz": [LOW_HZ, HIGH_HZ],
            "floor": FLOOR,
        }

    def encode(self, waveforms: Sequence[Waveform], /) -> NDArray[np.float32]:
        """Return mean ⊕ standard deviation over time of `log_mel`, (len, 160); silence is finite."""
        vectors = np.empty((len(waveforms), self.dimension), dtype=np.float32)
        for vector, waveform in zip(vectors, waveforms, strict=True):
            bands = log_mel(waveform)
            vector[:BANDS] = bands.mean(axis=0)
            vector[BANDS:] = bands.std(axis=0)
        return vectors
