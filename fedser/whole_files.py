"""Files that are either whole or absent, however the writing ends: text, arrays, named tensors with a JSON record.

A draft is written beside the target under a name of its own, and then takes the target's place. Whoever reads sees
the old file or the new one, also when the writer is killed, or the disk is full. A *durable* file is forced to the
disk first, and so survives a power cut too; that takes milliseconds, and whatever can be made again, or is written
by every device in every round, may go without.
"""

import errno
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from fedser.errors import RunError

if TYPE_CHECKING:
    from torch import Tensor

_SUFFIX = ".draft"
_LEFT_BEHIND = (f".*{_SUFFIX}", ".tmp??????")
"""Drafts, and what safetensors writes before it is one."""


@contextmanager
def draft_of(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield where to write a file, which becomes `path` at the end of the block; missing folders are made.

    Raises OSError. After any error, also one of the block, `path` is as it was and the draft is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{_SUFFIX}")
    try:
        yield draft
        if durable:
            _force(draft)
        draft.replace(path)
        if durable:
            _force(path.parent)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, durable: bool = True) -> Path:
    """Write UTF-8 text with \\n line ends and return `path`; raises RunError if that cannot be done."""
    with _errors_in_one_line(path), draft_of(path, durable=durable) as draft:
        draft.write_text(text, encoding="utf-8", newline="")
    return path


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> Path:
    """Write bytes and return `path`; raises RunError, in one line, if that cannot be done."""
    with _errors_in_one_line(path), draft_of(path, durable=durable) as draft:
        draft.write_bytes(content)
    return path


def write_array(path: Path, array: NDArray[Any], *, durable: bool = True) -> Path:
    """Write an array in NumPy's format and return `path`; raises RunError, in one line, if that cannot be done."""
    with _errors_in_one_line(path), draft_of(path, durable=durable) as draft, draft.open("wb") as file:
        np.save(SimpleNamespace(write=file.write), array)  # of a real file it would not say that the disk is full
    return path


def write_tensors(
    path: Path, tensors: "Mapping[str, Tensor]", record: Mapping[str, Any], *, durable: bool = True
) -> Path:
    """Write tensors and a JSON-able record and return `path`; raises RunError if that cannot be done."""
    from safetensors.torch import save_file  # takes torch with it, which whoever writes text need not wait for

    dense = {name: tensor.contiguous() for name, tensor in tensors.items()}
    with _errors_in_one_line(path), draft_of(path, durable=durable) as draft:
        save_file(dense, draft, {"record": json.dumps(record)})
        draft.chmod(0o666 & ~_umask())  # safetensors lets its owner only read it
    return path


def read_tensors(path: Path) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """Return what `write_tensors` stored; raises RunError if the file is damaged."""
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            return tensors, json.loads(stored.metadata()["record"])
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise RunError(f"{path}: damaged checkpoint ({error}); delete this file and resume") from None


def is_draft(path: Path) -> bool:
    """Return whether a file is a draft, of a process that writes or was killed."""
    return any(fnmatch(path.name, pattern) for pattern in _LEFT_BEHIND)


def remove_drafts(folder: Path) -> None:
    """Remove the drafts below a folder that killed processes left; nobody else may be writing there."""
    for pattern in _LEFT_BEHIND:
        for draft in folder.rglob(pattern):
            draft.unlink(missing_ok=True)


@cache
def _umask() -> int:
    """Return the permissions withheld from new files; asked once, for it can only be asked by changing it."""
    withheld = os.umask(0o077)
    os.umask(withheld)
    return withheld


def _force(path: Path) -> None:
    """Have the disk take a file, or a folder's names, now; not every system can open a folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _errors_in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise RunError(f"{path}: cannot be written ({_reason(error)}); {_way_out(error)}") from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).splitlines()[0]


def _way_out(error: Exception) -> str:
    # Of safetensors' errors there is only the text.
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    if getattr(error, "errno", None) in full or any(f"(os error {number})" in str(error) for number in full):
        return "free some of the disk, or choose another folder"
    return "choose a folder you can write to"
