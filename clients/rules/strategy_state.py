"""What a strategy of Flower's remembers between rounds, whatever it calls it: found, stored and given back.

A strategy keeps it in attributes: momentum as a list of arrays, moments as arrays by name. What it is told anew
in every round is none of it.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import torch
from flwr.app import Array, ArrayRecord

from fedser.errors import RunError
from fedser.rules import RuleState

_PLAIN = (bool, int, float, str, type(None))


def remembered(strategy: Any, fresh: Mapping[str, Any], told: Collection[str]) -> RuleState:
    """Return a strategy's attributes that are not as in a `fresh` one, but for those it is `told` every round.

    Raises RunError for one that cannot be stored.
    """
    tensors: dict[str, torch.Tensor] = {}
    record: dict[str, Any] = {}
    for name, value in vars(strategy).items():
        if name in told or (name in fresh and value is fresh[name]):
            continue
        if isinstance(value, _PLAIN):
            record[name] = {"value": value}
            continue
        kind, arrays = _arrays(strategy, name, value)
        record[name] = {"kind": kind, "arrays": list(arrays)}
        for key, array in arrays.items():
            tensors[f"{name}/{key}"] = torch.from_numpy(np.ascontiguousarray(array))
    return RuleState(tensors, record)


def recall(strategy: Any, state: RuleState) -> None:
    """Give a strategy back what `remembered` returned."""
    for name, entry in state.record.items():
        if "value" in entry:
            setattr(strategy, name, entry["value"])
            continue
        arrays = {key: state.tensors[f"{name}/{key}"].numpy() for key in entry["arrays"]}
        made: Any = arrays
        if entry["kind"] == "list":
            made = list(arrays.values())
        elif entry["kind"] == "array":
            made = arrays[""]
        elif entry["kind"] == "record":
            made = ArrayRecord({key: Array(array) for key, array in arrays.items()})
        setattr(strategy, name, made)


def _arrays(strategy: Any, name: str, value: Any) -> tuple[str, dict[str, Any]]:
    """Return how an attribute holds its arrays, and the arrays by name."""
    kind, found = "", {}
    if isinstance(value, ArrayRecord):
        kind, found = "record", {key: array.numpy() for key, array in value.items()}
    elif isinstance(value, dict):
        kind, found = "dict", value
    elif isinstance(value, list):
        kind, found = "list", {str(place): array for place, array in enumerate(value)}
    elif isinstance(value, np.ndarray):
        kind, found = "array", {"": value}
    if not kind or not all(isinstance(array, np.ndarray) for array in found.values()):
        raise RunError(
            f"{type(strategy).__name__} keeps {name} from round to round, a {type(value).__name__} that cannot be "
            "stored; a run could not be resumed"
        )
    return kind, found
