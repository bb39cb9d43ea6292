"""Send less of an update: its largest entries (top-k), or eight bits an entry.

Top-k: Aji, Heafield 2017, "Sparse communication for distributed gradient descent", EMNLP.
Eight bits: blocks of 1024 entries with a float32 scale each, codes −127 … 127; rounded to the nearest, or
without bias to one of both neighbours (QSGD, Alistarh et al. 2017, NeurIPS).
Neither protects anything by itself, and both change what an attacker sees.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fedser.errors import UserError

Compression = Literal["none", "top-k", "8-bit"]
BLOCK = 1024
LARGEST_CODE = 127


@dataclass(frozen=True)
class Encoded:
    """An update as it is sent: the arrays of its kind, and the size d of the vector they stand for.

    none: values float32 (d,). top-k: indices uint32 (k,) ascending, values float32 (k,).
    8-bit: codes int8 (d,), scales float32 (⌈d / 1024⌉,).
    """

    kind: Compression
    size: int
    arrays: Mapping[str, NDArray[Any]]

    @property
    def bytes(self) -> int:
        """Bytes of the arrays, without a message's own header."""
        return sum(array.nbytes for array in self.arrays.values())


def plain(vector: NDArray[np.floating[Any]]) -> Encoded:
    """Return the update uncompressed, as float32."""
    return Encoded("none", vector.size, {"values": vector.astype(np.float32)})


def top_k(vector: NDArray[np.floating[Any]], share: float) -> Encoded:
    """Keep the ⌈share · d⌉ entries of the largest magnitude, share in (0, 1]; of equals, the first."""
    values = vector.astype(np.float32)
    kept = math.ceil(share * values.size)
    order = np.argsort(-np.abs(values), kind="stable")
    indices = np.sort(order[:kept]).astype(np.uint32)
    return Encoded("top-k", values.size, {"indices": indices, "values": values[indices]})


def eight_bit(vector: NDArray[np.floating[Any]], rounding: np.random.Generator | None = None) -> Encoded:
    """Return one signed byte an entry: to the nearest code, or with `rounding` stochastically, without bias.

    The error of an entry is at most half its block's scale (nearest) or less than the scale (stochastic), plus
    a float32 rounding. The scale is the block's largest magnitude / 127, rounded up.
    """
    values = vector.astype(np.float32)
    blocks = math.ceil(values.size / BLOCK)
    padded = np.zeros(blocks * BLOCK)
    padded[: values.size] = values
    table = padded.reshape(blocks, BLOCK)
    exact = np.abs(table).max(axis=1, initial=0.0) / LARGEST_CODE
    scales = exact.astype(np.float32)
    scales = np.where(scales < exact, np.nextafter(scales, np.float32(np.inf)), scales)
    ratios = table / np.where(scales > 0, scales, 1.0)[:, None]
    codes = np.rint(ratios) if rounding is None else np.floor(ratios + rounding.random(ratios.shape))
    codes = np.clip(codes, -LARGEST_CODE, LARGEST_CODE).astype(np.int8).reshape(-1)[: values.size]
    return Encoded("8-bit", values.size, {"codes": codes, "scales": scales})


def decode(encoded: Encoded) -> NDArray[np.float32]:
    """Return the vector, (d,), that an encoded update stands for.

    Raises UserError where arrays and size do not fit: what comes from a device is not to be trusted.
    """
    _check(encoded)
    arrays = encoded.arrays
    if encoded.kind == "none":
        vector: NDArray[np.float32] = arrays["values"].copy()
        return vector
    if encoded.kind == "top-k":
        sparse = np.zeros(encoded.size, dtype=np.float32)
        sparse[arrays["indices"]] = arrays["values"]
        return sparse
    scales = np.repeat(arrays["scales"], BLOCK)[: encoded.size]
    decoded: NDArray[np.float32] = (arrays["codes"].astype(np.float64) * scales).astype(np.float32)
    return decoded


FIELDS: Mapping[Compression, Mapping[str, type[np.generic]]] = {
    "none": {"values": np.float32},
    "top-k": {"indices": np.uint32, "values": np.float32},
    "8-bit": {"codes": np.int8, "scales": np.float32},
}


def _check(encoded: Encoded) -> None:
    """Refuse arrays of the wrong name, type or length, and indices outside the vector."""
    arrays, size = encoded.arrays, encoded.size
    types = {name: array.dtype for name, array in arrays.items()}
    expected = {name: np.dtype(kind) for name, kind in FIELDS[encoded.kind].items()}
    fits = types == expected and all(array.ndim == 1 for array in arrays.values())
    if fits and encoded.kind == "none":
        fits = arrays["values"].size == size
    elif fits and encoded.kind == "top-k":
        indices = arrays["indices"].astype(np.int64)
        ascending = bool(np.all(np.diff(indices) > 0)) and bool(np.all(indices < size))
        fits = ascending and indices.size == arrays["values"].size
    elif fits:
        fits = arrays["codes"].size == size and arrays["scales"].size == math.ceil(size / BLOCK)
    if not fits:
        raise UserError(
            f"an update of {size} values compressed as {encoded.kind} holds arrays that do not fit it; "
            f"device and server must run the same version and configuration"
        )
