"""How a stored file says that it is whole, and of what it is: a digest of its content, and the names of its owner.

Bytes that a disk has lost, and a file that was copied from another device, round or run, are both found when it is
read. The digest is no signature: whoever means to forge a file can.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fedser.errors import StorageError

if TYPE_CHECKING:
    from torch import Tensor

Of = Mapping[str, str | int]
"""What a file is of, such as {"device": 3, "round": 7}."""

ANY: Of = MappingProxyType({})

OF, DIGEST = "of", "digest"
"""The keys of a seal."""

RESUME = "delete this file and resume"


def digest_of(*parts: bytes | memoryview) -> str:
    """Return a digest, in hexadecimal, of some bytes in order; (b"a", b"b") and (b"ab",) differ."""
    digest = hashlib.sha256()  # most processors have instructions for it: eight times as fast as BLAKE2 there
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()[:32]


def tensor_parts(tensors: "Mapping[str, Tensor]") -> Iterable[bytes | memoryview]:
    """Yield names, types, shapes and bytes of tensors, by name."""
    from torch import uint8  # whoever writes text need not wait for torch

    for name in sorted(tensors):
        tensor = tensors[name]
        yield f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode()
        # An empty tensor may have strides of which no view is possible.
        yield tensor.detach().contiguous().reshape(-1).view(uint8).numpy().data if tensor.numel() else b""


def check_owner(path: Path, stored: Any, of: Of, way_out: str) -> None:
    """Raise StorageError if a file is of something else than what is wanted; `stored` is what it says."""
    said = stored if isinstance(stored, Mapping) else {}
    strange = {key: said.get(key) for key, value in of.items() if said.get(key) != value}
    if strange:
        wanted = {key: of[key] for key in strange}
        raise StorageError(f"{path}: is of {_named(strange)}, expected {_named(wanted)}; {way_out}")


def damaged(path: Path, reason: object, way_out: str) -> StorageError:
    """Return the error that says what is damaged and what to do."""
    return StorageError(f"{path}: damaged ({' '.join(str(reason).split())[:200]}); {way_out}")


def _named(of: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {'unknown' if value is None else value}" for key, value in of.items())
