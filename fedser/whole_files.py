"""Files that are either whole or absent, however the writing ends: text, arrays, records, tensors with a record.

A draft is written beside the target under a name of its own, and then takes the target's place. Whoever reads sees
the old file or the new one, also when the writer is killed, or the disk is full. A *durable* file is forced to the
disk first, and so survives a power cut too; that takes milliseconds, and whatever can be made again, or is written
by every device in every round, may go without.

Records (JSON) and tensors carry a seal, which is looked at when they are read: see `fedser.seals`.
"""

import errno
import json
import os
import shutil
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

from fedser import seals
from fedser.errors import StorageError
from fedser.seals import ANY, DIGEST, OF, RESUME, Of

if TYPE_CHECKING:
    from torch import Tensor

_SEALED = "sealed"
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
    """Write UTF-8 text with \\n line ends and return `path`; raises StorageError if that cannot be done."""
    return write_bytes(path, text.encode("utf-8"), durable=durable)


def write_bytes(path: Path, content: bytes, *, durable: bool = True, secret: bool = False) -> Path:
    """Write bytes and return `path`; raises StorageError if that cannot be done. A secret is its owner's alone."""
    with _errors_in_one_line(path, len(content)), draft_of(path, durable=durable) as draft:
        if secret:
            draft.touch(mode=0o600)
        draft.write_bytes(content)
    return path


def write_array(path: Path, array: NDArray[Any], *, durable: bool = True) -> Path:
    """Write an array in NumPy's format and return `path`; raises StorageError if that cannot be done."""
    errors = _errors_in_one_line(path, array.nbytes)
    with errors, draft_of(path, durable=durable) as draft, draft.open("wb") as file:
        np.save(SimpleNamespace(write=file.write), array)  # of a real file it would not say that the disk is full
    return path


def write_record(path: Path, record: Mapping[str, Any], of: Of = ANY, *, durable: bool = True) -> Path:
    """Write a JSON-able record and its seal and return `path`; raises StorageError if that cannot be done."""
    text = json.dumps(dict(record) | ({OF: dict(of)} if of else {}))
    sealed = f'{text[:-1]}{", " if len(text) > 2 else ""}"{DIGEST}": "{seals.digest_of(text.encode())}"}}\n'
    return write_text(path, sealed, durable=durable)


def read_record(path: Path, of: Of = ANY, way_out: str = RESUME) -> dict[str, Any]:
    """Return what `write_record` stored.

    Raises StorageError if the file is missing, damaged, or not of what `of` says; `way_out` is what to do then.
    """
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise seals.damaged(path, error, way_out) from None
    if not isinstance(record, dict) or DIGEST not in record:
        raise seals.damaged(path, "not a record with its checksum", way_out)
    digest = record.pop(DIGEST)
    if digest != seals.digest_of(json.dumps(record).encode()):
        raise seals.damaged(path, "its checksum does not fit its content", way_out)
    seals.check_owner(path, record.pop(OF, None), of, way_out)
    return record


def write_tensors(
    path: Path,
    tensors: "Mapping[str, Tensor]",
    record: Mapping[str, Any],
    of: Of = ANY,
    *,
    durable: bool = True,
) -> Path:
    """Write tensors, a JSON-able record and a seal and return `path`; raises StorageError if it cannot be done."""
    from safetensors.torch import save_file  # takes torch with it, which whoever writes text need not wait for

    dense = {name: tensor.contiguous() for name, tensor in tensors.items()}
    text = json.dumps({"record": record, OF: dict(of)})
    # One entry, for safetensors writes several in any order.
    sealed = {_SEALED: f"{seals.digest_of(text.encode(), *seals.tensor_parts(dense))} {text}"}
    needed = sum(tensor.nbytes for tensor in dense.values())
    with _errors_in_one_line(path, needed), draft_of(path, durable=durable) as draft:
        save_file(dense, draft, sealed)
        draft.chmod(0o666 & ~_umask())  # safetensors lets its owner only read it
    return path


def read_tensors(path: Path, of: Of = ANY, way_out: str = RESUME) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """Return what `write_tensors` stored; raises StorageError as `read_record` does.

    Files of versions without seals are taken as they are.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            metadata = stored.metadata() or {}
        if _SEALED not in metadata:
            return tensors, json.loads(metadata["record"])
        digest, _, text = metadata[_SEALED].partition(" ")
        if digest != seals.digest_of(text.encode(), *seals.tensor_parts(tensors)):
            raise seals.damaged(path, "its checksum does not fit its content", way_out)
        sealed = json.loads(text)
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise seals.damaged(path, error, way_out) from None
    seals.check_owner(path, sealed[OF], of, way_out)
    return tensors, sealed["record"]


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
        # Windows forces only what is open for writing, and opens no folder.
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except PermissionError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _errors_in_one_line(path: Path, needed: int) -> Iterator[None]:
    """Turn what fails in the block into one line; `needed` are the bytes that were to be written."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise cannot_write(path, error, needed) from None


def cannot_write(path: Path, error: Exception, needed: int = 0) -> StorageError:
    """Return the error of a file that cannot be written: why, how much room there is, what to do."""
    reason = str(getattr(error, "strerror", None) or error).splitlines()[0]
    way_out = "choose a folder you can write to"
    if _is(errno.EFBIG, error):
        way_out = "raise the limit on the size of files (ulimit -f), or choose another folder"
    elif is_full(error):
        reason += _room(path, needed)
        way_out = "free some of the disk, or choose another folder"
    elif path.is_dir():
        reason, way_out = "a folder is in its place", "remove that folder"
    return StorageError(f"{path}: cannot be written ({reason}); {way_out}")


def is_full(error: Exception) -> bool:
    """Return whether an error says that there is no more room: on the disk, by a quota, or in one file."""
    return any(_is(number, error) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


def _is(number: int, error: Exception) -> bool:
    # Of safetensors' errors there is only the text.
    return getattr(error, "errno", None) == number or f"(os error {number})" in str(error)


def _room(path: Path, needed: int) -> str:
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    wanted = f"{needed / 1e6:,.2f} MB needed, " if needed else ""
    with suppress(OSError):
        return f": {wanted}{shutil.disk_usage(folder).free / 1e6:,.2f} MB free in {folder}"
    return ""
