"""Reading audio.

What becomes of odd files: channels are averaged; any rate is resampled; samples beyond ±1 in floating-point
files are kept as they are (clipping them would change the signal silently, and level is information), and
so is speech that was clipped when it was recorded. Corrupt, truncated or empty files and files with NaN or
infinite samples are not audio: they raise. So do files in which nothing is to be heard, for an encoder would
give the same vector for all of them.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from fedser.audio.faults import NoSignalError, UnreadableAudioError
from fedser.audio.files import check_openable, what_else
from fedser.audio.headers import missing_bytes, promises_frames
from fedser.audio.signal import QUIETEST, QUIETEST_FLOAT, Extent
from fedser.vocabulary import RATE_HZ

AnyPath = str | os.PathLike[str]

LONGEST_S = 3600
"""An utterance is no longer; a header, or a file of nothing but zeros, may claim any length."""
RATES_HZ = (50, 1_000_000)
"""Rates beyond these are no audio's, and to resample from them takes all memory."""

_LONGEST = 1 << 48
"""Frames beyond this are libsndfile's way of saying that a header does not tell the length."""
_BLOCK = 1 << 18
"""Samples of all channels that are read at once."""

_FAULTS = (soundfile.SoundFileError, OSError, TypeError, ValueError)
"""What soundfile raises for files it cannot read; the last two for headerless or lengthless ones."""


def read(path: AnyPath, rate_hz: int = RATE_HZ, most_s: float | None = None) -> NDArray[np.float32]:
    """Return the n samples of a file, mono (mean of the channels), at `rate_hz`; full scale is ±1.

    Resampled with a polyphase low-pass filter, so n = ceil(frames · rate_hz / the file's rate). most_s: of a
    longer file its beginning, of so many seconds. Raises UnreadableAudioError for a file that is missing, corrupt,
    truncated, empty, longer than `LONGEST_S`, or not finite; NoSignalError if nothing is to be heard in it.
    """
    with _opened(path) as file:
        rate = file.samplerate
        if most_s is None and file.frames > LONGEST_S * rate:
            raise UnreadableAudioError(path, f"lasts {file.frames / rate:.0f} s; cut it into utterances")
        # One second more than is kept: what the filter at its end looks at.
        wanted = file.frames if most_s is None else min(file.frames, math.ceil((most_s + 1) * rate))
        mono, extent = _mono(file, path, wanted)
    if fault := extent.fault(_quietest(file)):
        raise NoSignalError(path, fault)
    if rate != rate_hz:
        divisor = math.gcd(rate, rate_hz)
        mono = np.ascontiguousarray(resample_poly(mono, rate_hz // divisor, rate // divisor), dtype=np.float32)
    return mono if most_s is None else mono[: math.ceil(most_s * rate_hz)]


def duration_s(path: AnyPath) -> float:
    """Return the length of a file in seconds, > 0, from its header, and whether the file is as long as that.

    Raises UnreadableAudioError if there is no such file, no header, no length in it, or less audio than it says.
    """
    with _opened(path) as file:
        return float(file.frames / file.samplerate)


def examine(path: AnyPath) -> float:
    """Return the length of a file in seconds as `duration_s` does, once something is to be heard in it.

    Reads no further than to the first block with a signal. Raises NoSignalError beside what `duration_s` raises.
    """
    with _opened(path) as file:
        extent, quietest, left = Extent(), _quietest(file), LONGEST_S * file.samplerate
        while left > 0 and len(samples := file.read(min(4096, left), dtype="float32", always_2d=True)):
            if not np.isfinite(samples).all():
                raise UnreadableAudioError(path, "holds NaN or infinite samples")
            extent.add(samples, samples.mean(axis=1))
            left -= len(samples)
            if not extent.fault(quietest):
                break
        if fault := extent.fault(quietest):
            raise NoSignalError(path, fault)
        return float(file.frames / file.samplerate)


@contextmanager
def _opened(path: AnyPath) -> Iterator[soundfile.SoundFile]:
    """Open a file whose header tells a length that is there; faults of the block are the file's too."""
    check_openable(path)
    try:
        # By bytes: a name need not be text. Only on Windows it always is.
        with soundfile.SoundFile(os.fspath(path) if os.name == "nt" else os.fsencode(path)) as file:
            _check_length(file, path)
            yield file
    except _FAULTS as fault:
        raise UnreadableAudioError(path, _said(fault, path)) from None


def _check_length(file: soundfile.SoundFile, path: AnyPath) -> None:
    """Raise UnreadableAudioError unless the header tells a length, and the file is as long."""
    if missing := missing_bytes(path):
        raise _truncated(path, f"{missing} of the bytes that the header promises are not there")
    if file.frames <= 0:
        raise UnreadableAudioError(path, "holds no samples")
    if file.frames >= _LONGEST:
        raise UnreadableAudioError(path, "the header does not say how long the file is; write it anew")
    if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
        raise UnreadableAudioError(path, f"a sampling rate of {file.samplerate} Hz is no audio's")
    if _promises_more(file, path):
        raise _truncated(path, f"the header promises {file.frames} samples, and the last of them is not there")


def _promises_more(file: soundfile.SoundFile, path: AnyPath) -> bool:
    """Return whether the last sample of a compressed file is wanting."""
    if file.format not in ("FLAC", "MP3", "MPEG") or (file.format != "FLAC" and not promises_frames(path)):
        return False
    try:
        file.seek(file.frames - 1)
        ends_early = len(file.read(1)) == 0
        file.seek(0)
    except soundfile.SoundFileError:
        return True
    return ends_early


def _mono(file: soundfile.SoundFile, path: AnyPath, frames: int) -> tuple[NDArray[np.float32], Extent]:
    """Return the mean of the channels (frames,) and between what its samples lie; block by block.

    So memory is taken for what is there, whatever the header says.
    """
    blocks: list[NDArray[np.float32]] = []
    extent, left, most = Extent(), frames, max(1, _BLOCK // file.channels)
    file.seek(0)
    while left > 0 and len(samples := file.read(min(most, left), dtype="float32", always_2d=True)):
        if not np.isfinite(samples).all():
            raise UnreadableAudioError(path, "holds NaN or infinite samples")
        blocks.append(samples.mean(axis=1, dtype=np.float64).astype(np.float32))
        extent.add(samples, blocks[-1])
        left -= len(samples)
    if not blocks:
        raise UnreadableAudioError(path, "holds no samples")
    if left > 0 and (file.format not in ("MP3", "MPEG") or promises_frames(path)):
        raise _truncated(path, f"the header promises {file.frames} samples, {frames - left} are there")
    return np.concatenate(blocks), extent


def _quietest(file: soundfile.SoundFile) -> float:
    return QUIETEST_FLOAT if file.subtype in ("FLOAT", "DOUBLE") else QUIETEST


def _truncated(path: AnyPath, how: str) -> UnreadableAudioError:
    return UnreadableAudioError(path, f"truncated: {how}; copy it again")


def _said(fault: Exception, path: AnyPath) -> str:
    reason = what_else(path) or str(fault).rsplit(": ", 1)[-1]
    return f"not readable as audio ({reason})"
