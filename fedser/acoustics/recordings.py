"""Recorded sound as raw material: clips of a folder as a bed, utterances of a corpus as talkers."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedser import audio
from fedser.acoustics.noise import Bed, unit
from fedser.errors import ConfigError
from fedser.file_names import existing
from fedser.vocabulary import RATE_HZ

SUFFIXES = (*audio.SUFFIXES, ".ogg")
CLIPS = 60
LONGEST_CLIP_S = 30
"""Of a longer recording the beginning is taken: a bed is kept in memory."""
SHORTEST_CLIP_S = 0.1
"""A loop of less would be a tone, and the shortest clip is what all of them are faded by."""
FADE_S = 0.05


@dataclass(frozen=True)
class Choice:
    """Some files of many, and a digest of what each holds."""

    paths: tuple[Path, ...]
    digests: tuple[str, ...]

    @classmethod
    def draw(cls, paths: Iterable[Path], most: int, rng: np.random.Generator) -> "Choice":
        """Return at most so many files, in an order that the stream gives and the list's own does not change.

        Files that are gone are passed over.
        """
        ordered = sorted({Path(path) for path in paths}, key=lambda path: path.as_posix())
        chosen: dict[Path, str] = {}
        for k in rng.permutation(len(ordered)):
            if len(chosen) == most:
                break
            try:
                with ordered[k].open("rb") as file:
                    digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
            except OSError:
                continue
            chosen[ordered[k]] = digest.hexdigest()
        return cls(tuple(chosen), tuple(chosen.values()))

    def sounds(self) -> list[NDArray[np.float32]]:
        """Return the waveforms (n,) at 16 kHz of those that are audio and long enough to be heard as a sound."""
        read = []
        for path in self.paths:
            try:
                read.append(audio.read(path, RATE_HZ, most_s=LONGEST_CLIP_S))
            except audio.UnreadableAudioError:
                continue
        return [sound for sound in read if len(sound) >= SHORTEST_CLIP_S * RATE_HZ]


def clips_in(folder: Path) -> list[Path]:
    """Return the recordings in a folder and its folders; raises ConfigError if there are none."""
    folder = existing(folder)
    if not folder.is_dir():
        raise ConfigError(f"recordings: {folder} is no folder; give one that holds recordings of noise")
    found = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not found:
        raise ConfigError(f"recordings: {folder} holds no audio; expected files that end in {', '.join(SUFFIXES)}")
    return found


def bed(clips: Sequence[NDArray[np.float32]]) -> Bed:
    """Return clips (n,) one after another as a loop, each of mean square 1, faded into the next."""
    fade = min(int(FADE_S * RATE_HZ), *(len(clip) // 2 for clip in clips))
    rise = np.sin(np.linspace(0, np.pi / 2, fade, endpoint=False))
    loop = np.zeros(sum(len(clip) - fade for clip in clips))
    start = 0
    for clip in clips:
        levelled = unit(clip.astype(np.float64))
        levelled[:fade] *= rise
        levelled[len(clip) - fade :] *= np.sqrt(1 - rise**2)
        np.add.at(loop, (start + np.arange(len(clip))) % len(loop), levelled)
        start += len(clip) - fade
    return loop
