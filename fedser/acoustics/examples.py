"""Audible examples: one utterance as it is heard in each environment."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from fedser import audio
from fedser.acoustics.environment import Environment
from fedser.acoustics.render import render
from fedser.errors import CorpusError, RunError
from fedser.own_folder import claim_folder
from fedser.vocabulary import RATE_HZ
from fedser.whole_files import draft_of

PEAK = 0.9
"""How loud the loudest example is; the others keep their distance from it."""
COMMENT = "fedser environments --examples"
"""Written into each, so that it is known again, and somebody's own recording never written over."""


def write_examples(built: Sequence[Environment], files: Sequence[Path], folder: Path) -> list[Path]:
    """Write the first readable file as heard in each environment, all at the same gain, as 16-bit WAV.

    Raises RunError if the folder cannot be written, or holds anything but such examples, CorpusError if no file
    can be read.
    """
    waveform = _first_readable(sorted(files) if len(files) > 1 else files)
    heard = {each.name: render(waveform, each)[0] for each in built}
    gain = PEAK / max(1e-9, *(float(np.abs(sound).max()) for sound in heard.values()))
    claim_folder(folder, "examples of environments", _is_example)
    try:
        return [
            _write(folder / f"{k:02d}-{name.replace('/', '-')}.wav", gain * sound)
            for k, (name, sound) in enumerate(heard.items(), start=1)
        ]
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror or error}); give another folder") from None


def _first_readable(files: Sequence[Path]) -> NDArray[np.float32]:
    for file in files:
        try:
            return audio.read(file)
        except audio.UnreadableAudioError:
            continue
    raise CorpusError("--examples: no readable utterance to be heard; give one with --audio FILE")


def _write(path: Path, sound: NDArray[np.float32]) -> Path:
    with draft_of(path, durable=False) as draft:
        draft.write_bytes(_as_wav(sound))
    return path


def _as_wav(sound: NDArray[np.float32]) -> bytes:
    # In memory, because libsndfile says nothing of a full disk.
    whole = io.BytesIO()
    with soundfile.SoundFile(whole, "w", RATE_HZ, channels=1, subtype="PCM_16", format="WAV") as file:
        file.comment = COMMENT
        file.write(sound)
    return whole.getvalue()


def _is_example(path: Path) -> bool:
    try:
        with soundfile.SoundFile(path) as file:
            return bool(file.comment == COMMENT)
    except (soundfile.SoundFileError, OSError, TypeError, ValueError):
        return False
