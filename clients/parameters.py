"""Parameters in messages: one float32 array as Flower holds it, written and read with few copies."""

import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import torch
from flwr.app import Array, ArrayRecord, RecordDict
from numpy.typing import NDArray
from torch import Tensor

MODEL, PARAMETERS = "model", "parameters"
"""The record in a message, and the array in the record."""

_NUMPY = "numpy.ndarray"


def arrays(vector: Tensor) -> ArrayRecord:
    """Return parameters (k,) as a record of one array, the same bytes as Flower's own."""
    return arrays_by_name({PARAMETERS: vector})


def arrays_by_name(vectors: Mapping[str, Tensor]) -> ArrayRecord:
    """Return vectors as a record of an array each."""
    return ArrayRecord({name: _array(vector) for name, vector in vectors.items()})


def _array(vector: Tensor) -> Array:
    values = np.ascontiguousarray(vector.numpy())
    header = BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(values))
    data = b"".join((header.getvalue(), values.data))
    return Array(str(values.dtype), values.shape, _NUMPY, data)


def values_in_place(array: Array) -> NDArray[Any]:
    """Return what a message's array holds where it lies, as a view of its bytes that cannot be written to.

    Raises ValueError, TypeError or another error of NumPy's for bytes that are no array.
    """
    stream = BytesIO(array.data)
    if np.lib.format.read_magic(stream) != (1, 0):
        return array.numpy()
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    return np.frombuffer(array.data, dtype, offset=stream.tell()).reshape(shape)


def read_only(values: NDArray[Any]) -> Tensor:
    """Return an array as a tensor that shares its memory and is not to be written to; torch would warn of that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.from_numpy(values)


def vector_in(content: RecordDict) -> Tensor | None:
    """Return the parameters (k,) in a message, or None if it has none; they are not to be written to.

    The messages of a round share their content, so the last one read is kept: the devices of a process then
    share it too.
    """
    global _last
    if MODEL not in content.array_records:
        return None
    array = content.array_records[MODEL][PARAMETERS]
    if _last is None or _last[0] is not array.data:
        _last = array.data, torch.from_numpy(array.numpy())
    return _last[1]


def forget_vector() -> None:
    """Let go of the message read last."""
    global _last
    _last = None


_last: tuple[bytes, Tensor] | None = None
"""The bytes read last, and what they hold."""
