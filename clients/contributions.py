"""A device's contribution in a message: packed on the device, and unpacked by a server that trusts nobody."""

import numpy as np
import torch
from flwr.app import Array, ArrayRecord, ConfigRecord, RecordDict
from numpy.typing import NDArray

from clients.parameters import MODEL, PARAMETERS, arrays, values_in_place
from fedser.errors import UserError
from fedser.privacy import Contribution, Encoded

ENCODING = "encoding"
LARGEST = 1e6
"""The magnitude up to which parameters are believed; layers of such a model still predict finite values."""


def pack(contribution: Contribution) -> dict[str, ArrayRecord | ConfigRecord]:
    """Return a contribution as records: a model as it is, or an encoded update with how it is encoded."""
    encoded = contribution.encoded
    if encoded is None:
        return {MODEL: arrays(torch.from_numpy(contribution.values))}
    record = ArrayRecord({name: Array(values) for name, values in encoded.arrays.items()})
    kind = {"kind": encoded.kind, "size": encoded.size, "inside": contribution.inside}
    return {MODEL: record, ENCODING: ConfigRecord(kind)}  # type: ignore[arg-type]


def unpack(content: RecordDict, origin: NDArray[np.float32], weight: float) -> Contribution:
    """Return what `pack` made; `origin` (k,) is what the device started from.

    Raises KeyError, TypeError or ValueError for anything else, and for a model of another size.
    """
    record = content.array_records[MODEL]
    if ENCODING not in content:
        model = values_in_place(record[PARAMETERS])
        if model.shape != origin.shape:
            raise ValueError(f"an update of shape {model.shape}, expected {origin.shape}")
        if model.dtype != np.float32:
            raise ValueError(f"an update of {model.dtype}, expected float32")
        return Contribution(model, origin, weight)
    found = {name: values_in_place(array) for name, array in record.items()}
    kind = content.config_records[ENCODING]
    encoded = Encoded(kind["kind"], int(kind["size"]), found)  # type: ignore[arg-type]
    return Contribution(origin[:0], origin, weight, bool(kind["inside"]), encoded)


def refuse_unfit(contribution: Contribution) -> None:
    """Raise UserError for what is no model or update: of another shape, not finite, or absurdly large.

    An array of one value would be spread over the model without an error, and sums of large ones overflow.
    """
    values = contribution.values
    if values.shape != contribution.origin.shape or values.dtype.kind != "f":
        raise UserError(f"an update of shape {values.shape}, expected {contribution.origin.shape}")
    largest = max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))  # NaN if there is one
    if not np.isfinite(largest):
        raise UserError("an update holds NaN or infinity")
    if largest > LARGEST:
        raise UserError(f"an update holds values beyond ± {LARGEST:g}, which no training comes to")
