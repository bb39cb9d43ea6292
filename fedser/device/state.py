"""What a device knows after a round: all that survives when it is switched off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedser.device.items import Items
from fedser.device.memory import DeviceMemory
from fedser.metrics.pooled import Moments
from fedser.strategies import State

_STRATEGY, _RULE = "strategy/", "rule/"
_NO_ROUNDS = np.zeros(0, np.int64)


@dataclass(frozen=True)
class DeviceState:
    """Its memories, what still waits for a label, and what it keeps of the model for itself."""

    round: int = 0
    """The last round it took part in."""
    memory: DeviceMemory = field(default_factory=DeviceMemory)
    waiting: Items = field(default_factory=Items.none)
    """Heard, but not learnt from yet."""
    labelled_in: NDArray[np.int64] = field(default_factory=lambda: _NO_ROUNDS)
    """(n,) the rounds in which the labels of `waiting` arrive."""
    heard_at: NDArray[np.int64] = field(default_factory=lambda: _NO_ROUNDS)
    """(n,) the environments in which `waiting` was heard."""
    own: Tensor | None = None
    """The parameters that stay on the device: all (k = p), its heads, or none."""
    learning_in: int | None = None
    """The place in which it learnt last; None before the first time."""
    strategy: State = field(default_factory=dict)
    """What its strategy carries along."""
    unreported: Mapping[str, Moments] = field(default_factory=dict)
    """Prequential statistics, by `environment/target`, of too few utterances to be told yet."""
    rule: State = field(default_factory=dict)
    """What it keeps for the rule of aggregation."""

    def tensors(self) -> dict[str, Tensor]:
        """Return the arrays of the state by name, for a file; `record` holds the rest."""
        places = self.memory.places
        items = Items.join([*places.values(), self.waiting])
        tensors = {
            "conditions": torch.from_numpy(items.conditions),
            "positions": torch.from_numpy(items.positions),
            "noise": torch.from_numpy(items.noise),
            "labelled_in": torch.from_numpy(self.labelled_in),
            "heard_at": torch.from_numpy(self.heard_at),
        }
        # Cloned, for a file of tensors holds none twice, and a state may.
        tensors |= {_STRATEGY + name: tensor.clone() for name, tensor in self.strategy.items()}
        tensors |= {_RULE + name: tensor.clone() for name, tensor in self.rule.items()}
        if items.outputs is not None:
            tensors["outputs"] = torch.from_numpy(items.outputs)
        return tensors if self.own is None else tensors | {"own": self.own}

    def record(self) -> dict[str, Any]:
        """Return what is not an array, fit for JSON."""
        return {
            "round": self.round,
            "places": [[place, len(items)] for place, items in self.memory.places.items()],
            "drawn": self.memory.drawn,
            "learning_in": self.learning_in,
            "unreported": {key: moments.to_list() for key, moments in self.unreported.items()},
        }

    @classmethod
    def restore(cls, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> "DeviceState":
        """Return the state that `tensors` and `record` describe."""
        items = Items(*(tensors[name].numpy() for name in ("conditions", "positions", "noise")))
        if "outputs" in tensors:
            items = items.with_outputs(tensors["outputs"].numpy())
        places, start = {}, 0
        for place, size in record["places"]:
            places[int(place)] = items.take(np.arange(start, start + size))
            start += size
        return cls(
            record["round"],
            DeviceMemory(places, record["drawn"]),
            items.take(np.arange(start, len(items))),
            tensors["labelled_in"].numpy(),
            tensors["heard_at"].numpy(),
            tensors.get("own"),
            record["learning_in"],
            _below(_STRATEGY, tensors),
            {key: Moments.from_list(values) for key, values in record["unreported"].items()},
            _below(_RULE, tensors),
        )


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
