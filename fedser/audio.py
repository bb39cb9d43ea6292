"""Audio files as mono samples at the rate an encoder wants.

What becomes of odd files: channels are averaged; any rate is resampled; samples beyond ±1 in floating-point
files are kept as they are (clipping them would change the signal silently, and level is information), and
so is speech that was clipped when it was recorded. Corrupt, truncated or empty files and files with NaN or
infinite samples are not audio: they raise.
"""

import math
import os
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from fedser.errors import FedserError
from fedser.vocabulary import RATE_HZ

SUFFIXES = (".wav", ".flac")
"""Endings of the files that corpora are made of, in lower case."""

_LONGEST = 1 << 48
"""Frames beyond this are libsndfile's way of saying that a header does not tell the length."""

_FAULTS = (soundfile.SoundFileError, OSError, TypeError, ValueError)
"""What soundfile raises for files it cannot read; the last two for headerless or lengthless ones."""


class UnreadableAudioError(FedserError):
    """A file holds no usable audio; the message is one line with the path and the reason."""


def read(path: str | Path, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """Return the n samples of a file, mono (mean of the channels), at `rate_hz`; full scale is ±1.

    Resampled with a polyphase low-pass filter, so n = ceil(frames · rate_hz / the file's rate).
    Raises UnreadableAudioError for a file that is missing, corrupt, truncated, empty, or not finite.
    """
    duration_s(path)  # A header that lies about its length would have soundfile allocate for it.
    try:
        samples, file_rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except _FAULTS as fault:
        raise _unreadable(path, fault) from None
    if len(samples) == 0:
        raise UnreadableAudioError(f"{path}: holds no samples")
    if not np.isfinite(samples).all():
        raise UnreadableAudioError(f"{path}: holds NaN or infinite samples")
    mono: NDArray[np.float32] = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
    if file_rate_hz == rate_hz:
        return mono
    divisor = math.gcd(file_rate_hz, rate_hz)
    resampled = resample_poly(mono, rate_hz // divisor, file_rate_hz // divisor)
    return np.ascontiguousarray(resampled, dtype=np.float32)


def duration_s(path: str | Path) -> float:
    """Return the length of a file in seconds, > 0, from its header alone.

    Raises UnreadableAudioError if there is no such file, no header, no length in it, or the length is 0.
    """
    try:
        with soundfile.SoundFile(path) as file:
            frames, file_rate_hz = file.frames, file.samplerate
    except _FAULTS as fault:
        raise _unreadable(path, fault) from None
    if frames <= 0:
        raise UnreadableAudioError(f"{path}: holds no samples")
    if frames >= _LONGEST:
        raise UnreadableAudioError(f"{path}: the header does not say how long the file is; write it anew")
    return float(frames / file_rate_hz)


def _unreadable(path: str | Path, fault: Exception) -> UnreadableAudioError:
    if not os.path.exists(path):  # noqa: PTH110  # that of `Path` raises for a name that is too long
        return UnreadableAudioError(f"{path}: no such file")
    reason = " ".join(str(fault).rsplit(": ", 1)[-1].split())
    return UnreadableAudioError(f"{path}: not readable as audio ({reason})")
