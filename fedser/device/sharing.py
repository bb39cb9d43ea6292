"""What of the model is shared in each mode, and what stays on the device."""

from dataclasses import dataclass

import torch
from torch import Tensor

from fedser.errors import RunError
from fedser.model import Regressor
from fedser.rules import Part

HEADS = ("activation.", "valence.")
"""Where the names of the heads' parameters begin; the body is all that comes before them."""
NORMS = (".gain", ".shift")
"""How the names of LayerNorm's parameters end; every linear layer has them on its input."""


@dataclass(frozen=True, eq=False)
class Sharing:
    """Splits and joins a model's parameters (p,) by mode.

    local: nothing goes up, and a device goes on with its own model. federated: everything is shared.
    personal-head: the body (trunk and lexical layer, `body` parameters) is shared, the heads stay.
    fedrep: the same, but a device trains its heads first and then the body, each while the other rests (Collins et
    al. 2021, ICML, arXiv 2102.07078).
    personal-norm: LayerNorm's gains and shifts stay, weights and biases of all layers are shared: the idea of
    FedBN (Li et al. 2021, ICLR, arXiv 2102.07623), whose models have batch normalisation.
    ditto: everything is shared, and a device trains a second model that stays (Li, Hu, Beirami, Smith 2021, ICML,
    arXiv 2012.04221).
    """

    mode: str
    body: int
    size: int
    norms: Tensor
    """(p,) bool: LayerNorm's."""

    @classmethod
    def of(cls, mode: str, model: Regressor) -> "Sharing":
        """Return the sharing of a model's parameters; the heads are the last of them."""
        named = [(name, parameter.numel()) for name, parameter in model.named_parameters()]
        heads = [name.startswith(HEADS) for name, _ in named]
        if heads != sorted(heads):
            raise ValueError("the heads' parameters must come last")
        body = sum(count for (_, count), head in zip(named, heads, strict=True) if not head)
        norms = torch.cat([torch.full((count,), name.endswith(NORMS)) for name, count in named])
        return cls(mode, body, len(norms), norms)

    @property
    def shared_size(self) -> int:
        """Return how many parameters a device sends, k."""
        whole = dict.fromkeys(("federated", "ditto"), self.size)
        sizes = {"local": 0, "personal-head": self.body, "fedrep": self.body} | whole
        return sizes[self.mode] if self.mode in sizes else int((~self.norms).sum())

    @property
    def part(self) -> Part:
        """Return which of a model's parameters (p,) are shared."""
        return torch.nonzero(~self.norms)[:, 0] if self.mode == "personal-norm" else slice(0, self.shared_size)

    @property
    def rest(self) -> Part:
        """Return which of a model's parameters (p,) stay on the device."""
        return torch.nonzero(self.norms)[:, 0] if self.mode == "personal-norm" else slice(self.shared_size, None)

    @property
    def two_models(self) -> bool:
        """Return whether a device trains a model of its own beside the one it shares."""
        return self.mode == "ditto"

    @property
    def phases(self) -> tuple[Tensor, ...]:
        """Return which parameters are trained, phase by phase, (p,) of 0 and 1; none where all are, in one."""
        if self.mode != "fedrep":
            return ()
        heads = torch.zeros(self.size)
        heads[self.rest] = 1.0
        return heads, 1 - heads

    def start(self, received: Tensor | None, own: Tensor | None) -> Tensor:
        """Return the model (p,) to adapt; raises RunError if the device has never been given what it lacks."""
        if self.mode == "local" and own is not None:
            return own
        if received is not None and own is not None and self.shared_size < self.size:
            model = received.new_empty(self.size)
            model[self.part] = received if len(received) == self.shared_size else received[self.part]
            model[self.rest] = own
            return model
        if received is None or len(received) != self.size:
            raise RunError("this device has no model yet and was sent none: its store was lost or is new")
        return received

    def personal(self, start: Tensor, own: Tensor | None) -> Tensor:
        """Return a device's personal model (p,): where it has no other, the `start` of its round."""
        return start if own is None or not self.two_models else own

    def down(self, model: Tensor, introduced: bool) -> Tensor | None:
        """Return what the server sends of its model (p,) to a device that has or has not had one before."""
        return self.up(model) if introduced else model

    def up(self, model: Tensor) -> Tensor | None:
        """Return what a device sends of its model (p,)."""
        return model[self.part] if self.shared_size else None

    def own(self, model: Tensor) -> Tensor | None:
        """Return what a device keeps of its model (p,)."""
        if self.two_models:
            return model
        return None if self.shared_size == self.size else model[self.rest]

    def merge(self, model: Tensor, shared: Tensor) -> Tensor:
        """Return the server's model (p,) with the part that is shared replaced."""
        merged = model.clone()
        merged[self.part] = shared
        return merged
