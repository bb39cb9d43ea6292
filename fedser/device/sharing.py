"""What of the model is shared in each mode, and what stays on the device."""

from dataclasses import dataclass

import torch
from torch import Tensor

from fedser.errors import RunError
from fedser.model import Regressor
from fedser.rules import Part

HEADS = ("activation.", "valence.")
"""Where the names of the heads' parameters begin; the body is all that comes before them."""


@dataclass(frozen=True)
class Sharing:
    """Splits and joins a model's parameters (p,) by mode.

    local: nothing goes up, and a device goes on with its own model. federated: everything is shared.
    personal-head: the body (trunk and lexical layer, `body` parameters) is shared, the heads stay.
    """

    mode: str
    body: int
    size: int

    @classmethod
    def of(cls, mode: str, model: Regressor) -> "Sharing":
        """Return the sharing of a model's parameters; the heads are the last of them."""
        named = [(name, parameter.numel()) for name, parameter in model.named_parameters()]
        heads = [name.startswith(HEADS) for name, _ in named]
        if heads != sorted(heads):
            raise ValueError("the heads' parameters must come last")
        body = sum(count for (_, count), head in zip(named, heads, strict=True) if not head)
        return cls(mode, body, sum(count for _, count in named))

    @property
    def shared_size(self) -> int:
        """Return how many parameters a device sends, k."""
        return {"local": 0, "federated": self.size, "personal-head": self.body}[self.mode]

    @property
    def part(self) -> Part:
        """Return which of a model's parameters (p,) are shared."""
        return slice(0, self.shared_size)

    def start(self, received: Tensor | None, own: Tensor | None) -> Tensor:
        """Return the model (p,) to adapt; raises RunError if the device has never been given what it lacks."""
        if self.mode == "local" and own is not None:
            return own
        if received is not None and self.mode == "personal-head" and own is not None:
            return torch.cat([received[: self.body], own])
        if received is None or len(received) != self.size:
            raise RunError("this device has no model yet and was sent none: its store was lost or is new")
        return received

    def down(self, model: Tensor, introduced: bool) -> Tensor | None:
        """Return what the server sends of its model (p,) to a device that has or has not had one before."""
        if not introduced or self.mode == "federated":
            return model
        return model[: self.body] if self.mode == "personal-head" else None

    def up(self, model: Tensor) -> Tensor | None:
        """Return what a device sends of its model (p,)."""
        return {"local": None, "federated": model, "personal-head": model[: self.body]}[self.mode]

    def own(self, model: Tensor) -> Tensor | None:
        """Return what a device keeps of its model (p,)."""
        return {"local": model, "federated": None, "personal-head": model[self.body :]}[self.mode]

    def merge(self, model: Tensor, shared: Tensor) -> Tensor:
        """Return the server's model (p,) with the part that is shared replaced."""
        return torch.cat([shared, model[len(shared) :]])
