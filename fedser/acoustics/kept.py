"""Sounds made once and kept in the cache folder: they travel to worker processes as a path."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fedser import cache
from fedser.arrays import Floats
from fedser.errors import FeatureError
from fedser.whole_files import draft_of


@dataclass(frozen=True)
class KeptSound:
    """A sound (n,) on disk and the digest of its samples."""

    path: Path
    digest: str

    def load(self) -> Floats:
        """Return the samples; raises FeatureError if the file has gone or is damaged."""
        sound = _read(self.path)
        if sound is None or _digest(sound) != self.digest:
            raise FeatureError(f"{self.path}: gone or changed since the run began; run again to make it anew")
        return sound


def keep(kind: str, description: Mapping[str, Any], make: Callable[[], Floats]) -> KeptSound:
    """Return the sound that `description` (JSON) stands for, made if it is not kept yet, or is damaged.

    Raises FeatureError if it cannot be written.
    """
    text = json.dumps(description, sort_keys=True)
    key = hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
    path = cache.folder() / "acoustics" / f"{kind}-{key}.npz"
    sound = _read(path)
    if sound is None:
        sound = make()
        _write(path, sound)
    return KeptSound(path, _digest(sound))


def _read(path: Path) -> Floats | None:
    """Return the samples, None if there are none; an archive's checksums tell a damaged one."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return np.asarray(archive["sound"], dtype=np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(path: Path, sound: Floats) -> None:
    try:
        with draft_of(path, durable=False) as draft, draft.open("wb") as file:
            np.savez(file, sound=sound)
    except OSError as error:
        raise FeatureError(
            f"cannot write {path} ({error.strerror or error}); name another cache folder in FEDSER_CACHE"
        ) from None


def _digest(sound: Floats) -> str:
    return hashlib.blake2b(np.ascontiguousarray(sound, dtype="<f4").data, digest_size=16).hexdigest()
