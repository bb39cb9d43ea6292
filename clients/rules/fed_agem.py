"""Fed-A-GEM (Dai et al. 2024, TMLR, arXiv 2409.01585): no device's step goes against the memories of all."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from flwr.serverapp.strategy import FedAvg
from torch import Tensor

from clients.rules.flower_rule import FlowerRule
from fedser.model import Correction
from fedser.model.projection import given_way
from fedser.rules import Received, Vectors

REFERENCE = "reference"


class FedAGem(FlowerRule):
    """FedAvg of local steps that give way, as in A-GEM, to the sum of the gradients of all devices' memories.

    Before a device trains it is sent the new global model, with what it has of its own, and tells the gradient of
    its loss on all that it remembers, without dropout; the sum r of those of the round's devices goes down beside
    the model. A local step's direction g, whatever its method made of it, becomes g − (⟨g, r⟩ / ⟨r, r⟩) r over the
    shared parameters where ⟨g, r⟩ < 0. An arm under this rule keeps a memory also where its method keeps none:
    `federated:finetuning@fed-agem` is the paper's. Where nobody remembers anything yet, it is FedAvg.

    The paper asks after a round, here it is before the next, so that r is of those who take part, and of the model
    that they start from. The concordance does not decompose over utterances: r is a sum of gradients of losses on
    whole memories. A memory's gradient tells of the memory: under [privacy] the rule is refused. Whoever sends a
    huge one decides the reference; no rule guards against that.
    """

    name: ClassVar[str] = "fed-agem"
    title: ClassVar[str] = "Fed-A-GEM"
    does: ClassVar[str] = "averages models whose local steps gave way to the gradients of all devices' memories."
    of_memory: ClassVar[bool] = True
    strategy: ClassVar[type[FedAvg]] = FedAvg

    @property
    def least(self) -> int:
        """Return the fewest updates it makes a model of."""
        return 1

    def of_memories(self, gradients: Sequence[Tensor]) -> Vectors:
        """Return the sum of the memories' gradients (k,), taken in float64; nothing where no device told one."""
        if not gradients:
            return {}
        return {REFERENCE: torch.stack([gradient.double() for gradient in gradients]).sum(dim=0).float()}

    def gives_way(self, received: Received) -> Correction | None:
        """Return the projection of a step's gradient over what is shared; None without a reference."""
        reference = received.beside.get(REFERENCE)
        if reference is None or not bool(reference.any()):
            return None

        def correct(gradient: Tensor) -> Tensor | None:
            shared = given_way(gradient[received.shared], reference)
            if shared is None:
                return None
            corrected = gradient.clone()
            corrected[received.shared] = shared
            return corrected

        return correct
