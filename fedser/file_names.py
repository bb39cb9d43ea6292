"""Files found by the name a user gives them, under whichever normal form the disk has it."""

import os
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Literal

_FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
"""How Linux and Windows write accented letters, mostly, and how macOS does."""


def existing(path: Path) -> Path:
    """Return the file or folder that a path means; the path itself where there is none, for messages.

    A name that is not there as it is written is looked for in the other normal form, part by part: a folder may
    have come from macOS and a file in it from elsewhere.
    """
    if str(path).isascii() or os.path.lexists(path):
        return path
    found = Path(path.anchor)
    for part in path.parts[1:] if path.anchor else path.parts:
        found = _child(found, part)
    return found if os.path.lexists(found) else path


def _child(folder: Path, name: str) -> Path:
    if name.isascii() or os.path.lexists(folder / name):
        return folder / name
    forms = (folder / form for form in _forms(name))
    return next((path for path in forms if os.path.lexists(path)), folder / name)


@lru_cache(maxsize=1024)
def _forms(name: str) -> tuple[str, ...]:
    return tuple(unicodedata.normalize(form, name) for form in _FORMS)
