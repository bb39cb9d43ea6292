"""Whether a path leads to a file that can be read at all, asked before it is opened; and if not, why not.

To open a named pipe or a terminal waits for somebody to write; so only plain files are opened.
"""

import errno
import os
import stat
from pathlib import Path

from fedser.audio.faults import UnreadableAudioError

_KINDS = (
    (stat.S_ISDIR, "a folder, not an audio file"),
    (stat.S_ISFIFO, "a named pipe, not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
    (stat.S_ISCHR, "a device, not a file"),
    (stat.S_ISBLK, "a device, not a file"),
)

_BEGINNINGS = (
    (b"version https://git-lfs", "a git-lfs pointer, not the audio itself; `git lfs pull` fetches it"),
    (b"/annex/objects/", "a git-annex pointer, not the audio itself; `git annex get` fetches it"),
    (b"<!doctype html", "a web page, not audio; download it again"),
    (b"<html", "a web page, not audio; download it again"),
    (b"PK\x03\x04", "a zip archive, not audio; unpack it"),
    (b"\x1f\x8b", "a gzip archive, not audio; unpack it"),
)
"""What files begin with that often stand where audio should."""

_NO_FILE = {errno.ENOENT, errno.ENOTDIR}


def check_openable(path: str | os.PathLike[str]) -> None:
    """Raise UnreadableAudioError, with the reason, unless a path leads to a plain file that is not empty."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as fault:  # the latter for a name with a zero in it
        raise UnreadableAudioError(path, _why_absent(Path(path), fault)) from None
    for holds, said in _KINDS:
        if holds(status.st_mode):
            raise UnreadableAudioError(path, said)
    if status.st_size == 0:
        raise UnreadableAudioError(path, "an empty file")
    if not os.access(path, os.R_OK):
        raise UnreadableAudioError(path, "permission denied")


def what_else(path: str | os.PathLike[str]) -> str:
    """Return what a file is that libsndfile takes for no audio, where its beginning tells; "" else."""
    try:
        with Path(path).open("rb") as file:
            beginning = file.read(64)
    except OSError as fault:
        return fault.strerror or str(fault)
    for start, said in _BEGINNINGS:
        if beginning.lower().startswith(start.lower()):
            return said
    if beginning[4:8] == b"ftyp":
        return "MPEG-4 audio, which libsndfile cannot read; convert it to WAV or FLAC"
    return "all zeros, as an interrupted copy leaves it" if not any(beginning) else ""


def _why_absent(path: Path, fault: OSError | ValueError) -> str:
    """Return why there is no such file, with what a look at the path and its folder tells."""
    if isinstance(fault, ValueError):
        return "its name holds a null character"
    if fault.errno not in _NO_FILE:
        return f"cannot be read ({(fault.strerror or str(fault)).lower()})"
    hint = _in_the_path(path) or _in_the_folder(path)
    return f"no such file ({hint})" if hint else "no such file"


def _in_the_path(path: Path) -> str:
    if any(part.endswith(":") and len(part) > 2 for part in path.parts):
        return "a URL; write the path of a file"
    if "\\" in str(path) and os.sep == "/":
        return "backslashes in the path; write / instead"
    if any(part.startswith("~") for part in path.parts):
        return "~ is not expanded; write the folder itself"
    return ""


def _in_the_folder(path: Path) -> str:
    if path.is_symlink():
        link = str(path.readlink())
        annex = " of git-annex; `git annex get` fetches the file" if ".git/annex" in link else ""
        return f"a link to {link}, which is not there{annex}"
    if not path.parent.is_dir():
        missing = next(part for part in reversed(path.parents) if not part.is_dir())
        return f"there is no folder {missing}"
    try:
        names = sorted(file.name for file in path.parent.iterdir())
    except OSError:
        return ""
    for name in names:
        if name.casefold() == path.name.casefold():
            return f"there is {name}"
    for name in names:
        if Path(name).stem == path.stem:
            return f"wrong ending? There is {name}"
    return "wrong ending? There is " + path.name + ".wav" if path.name + ".wav" in names else ""
