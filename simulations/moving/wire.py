"""What a message weighs on the wire."""

from functools import lru_cache

from flwr.app import Array, ArrayRecord, RecordDict
from flwr.common.serde import recorddict_to_proto


def wire_bytes(content: RecordDict) -> int:
    """Return the length of a message's content as Flower serialises it.

    Records lie one after the other, so their lengths add up; that of arrays follows from their shapes, and
    nothing large is serialised to be weighed.
    """
    total = 0
    for key, record in content.items():
        if isinstance(record, ArrayRecord):
            shapes = [
                (name, array.dtype, array.shape, array.stype, len(array.data)) for name, array in record.items()
            ]
            total += _arrays_bytes(key, tuple(shapes))
        else:
            total += int(recorddict_to_proto(RecordDict({key: record})).ByteSize())
    return total


@lru_cache(maxsize=64)
def _arrays_bytes(key: str, shapes: tuple[tuple[str, str, tuple[int, ...], str, int], ...]) -> int:
    arrays = {name: Array(dtype, shape, stype, bytes(length)) for name, dtype, shape, stype, length in shapes}
    return int(recorddict_to_proto(RecordDict({key: ArrayRecord(arrays)})).ByteSize())
