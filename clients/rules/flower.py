"""The strategies of Flower 1.41 and 1.42, a rule each, with its options and defaults but for two that make FedAvg.

FedAdam as Flower has it starts the second moment at 0 and corrects the bias by the round's number; Reddi et al.
2021 (arXiv 2003.00295), algorithm 2, start it at τ² or above and do not. FedYogi and FedAdagrad start it at 0 too,
without a correction. Under personal heads, each acts on the shared body alone.

Robust rules trust a majority. Krum and Multi-Krum with f malicious nodes need 2f + 3 updates (Blanchard et al.
2017, NeurIPS), Bulyan 4f + 3 (El Mhamdi et al. 2018, ICML): a round with fewer leaves the model as it is. The
trimmed mean leaves out ⌊βn⌋ of n values at each end, so none where n < 1/β: it is then the plain mean. Median and
trimmed mean know no weights.
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from flwr.serverapp import strategy
from pydantic import Field
from torch import Tensor

from clients.rules.flower_rule import LOSS, FlowerRule, wrapped
from fedser.model import Penalty
from fedser.model.penalty import quadratic
from fedser.rules import Part, Received, SentBeside, Trained


class HeldNear(FlowerRule):
    """FedProx' side on the devices: `proximal_mu` μ holds what is shared of a model near what was sent.

    0.01, not Flower's 0, which is FedAvg.
    """

    proximal_mu: float = Field(0.01, ge=0)
    """μ of the proximal term μ/2 ‖y − x‖²."""

    def penalty(self, received: Tensor, shared: Part) -> Penalty | None:
        """Return ½ μ‖θ − θ₀‖² over the shared parameters, None for μ = 0."""
        if not self.proximal_mu:
            return None
        strength = torch.zeros_like(received)
        strength[shared] = self.proximal_mu
        return quadratic(received, strength)


class WithMomentum(FlowerRule):
    """FedAvgM with `server_momentum` 0.9 (Hsu, Qi, Brown 2019, arXiv 1909.06335); Flower's 0 is FedAvg."""

    server_momentum: float = Field(0.9, ge=0, lt=1)
    """Share of the last step that goes into the next."""


class Fair(FlowerRule):
    """q-FedAvg (Li et al. 2020, ICLR, arXiv 1905.10497): devices whose loss is high count more; q 0 is FedAvg.

    The loss is that of the model a device received, on the utterances it is about to learn from, and goes up
    beside its update: one number, which under [privacy] is refused. 1 − CCC, summed over the targets, is never
    negative. Devices count alike, whatever [aggregation] weights. `client_learning_rate` is 1/L, L how steep a
    loss may be, without a default in Flower; make it the devices' [training] learning_rate, whose default it has.
    """

    needs_loss: ClassVar[bool] = True
    writes: ClassVar[bool] = True

    client_learning_rate: float = Field(1e-3, gt=0, allow_inf_nan=False)
    """1/L, L how steep a loss may be."""

    def beside_up(self, size: int) -> Mapping[str, int]:
        """Return that one number goes up."""
        return {LOSS: 1}

    def tell(self, received: Received, trained: Trained) -> SentBeside:
        """Return the loss of the model as it was received."""
        return SentBeside({LOSS: torch.tensor([received.loss], dtype=torch.float32)})


FedAvg = wrapped(strategy.FedAvg, "averages the devices' models.", of_average=True)
FedProx = wrapped(
    strategy.FedProx,
    "averages the models of devices whose loss holds them near the model they were sent.",
    of_average=True,
    base=HeldNear,
)
FedAvgM = wrapped(
    strategy.FedAvgM, "moves the model by the average update with momentum.", of_average=True, base=WithMomentum
)
FedAdam = wrapped(
    strategy.FedAdam, "takes the average update for a gradient and takes a step of Adam.", of_average=True
)
FedYogi = wrapped(
    strategy.FedYogi, "takes the average update for a gradient and takes a step of Yogi.", of_average=True
)
FedAdagrad = wrapped(
    strategy.FedAdagrad, "takes the average update for a gradient and takes a step of Adagrad.", of_average=True
)
QFedAvg = wrapped(
    strategy.QFedAvg, "averages the updates, those of devices with a high loss more than others.", base=Fair
)
FedMedian = wrapped(strategy.FedMedian, "takes the median of the models, number by number.")
FedTrimmedAvg = wrapped(
    strategy.FedTrimmedAvg, "averages the models, number by number, without the largest and smallest values."
)
Krum = wrapped(
    strategy.Krum,
    "takes over the one model that is nearest to its neighbours.",
    measures=True,
    least=lambda rule: 2 * rule.num_malicious_nodes + 3,
)
MultiKrum = wrapped(
    strategy.MultiKrum,
    "averages the models that are nearest to their neighbours.",
    measures=True,
    least=lambda rule: max(2 * rule.num_malicious_nodes + 3, rule.num_nodes_to_select + rule.num_malicious_nodes),
)
Bulyan = wrapped(
    strategy.Bulyan,
    "chooses models as Multi-Krum does and averages, number by number, those nearest to the median.",
    measures=True,
    least=lambda rule: 4 * rule.num_malicious_nodes + 3,
)
