"""From many updates to one model, by Flower's own strategies, with a state that can be stored.

*Strategy* means the continual-learning method in fedser; Flower's strategies are here called rules. Their round
loop has no checkpoint and samples node ids, so only what they do with replies is used.
"""

from collections.abc import Sequence
from logging import WARNING, getLogger
from typing import Any

import numpy as np
import torch
from flwr.app import ArrayRecord, Message, MessageType, MetricRecord, RecordDict
from flwr.serverapp.strategy import FedAdam, FedAvg, FedProx
from torch import Tensor

from clients.parameters import MODEL, PARAMETERS, in_place
from simulations.moving.config import AggregationSection

_WEIGHT = "num-examples"
_MOMENTS = ("m_t", "v_t")

getLogger("flwr").setLevel(WARNING)  # every aggregation would say what it received


class Aggregation:
    """Keeps a rule, and what it remembers from round to round (FedAdam's moments)."""

    def __init__(self, options: AggregationSection) -> None:
        self._options = options
        self._rule = _rule(options)

    def __call__(
        self, round: int, shared: Tensor, updates: Sequence[tuple[ArrayRecord, int]], like: Message | None
    ) -> Tensor:
        """Return the shared parameters (k,) after updates, each with its number of utterances, in order.

        `like` is any reply of the round, if there was one: Flower's strategies take messages. Raises ValueError
        without updates.
        """
        if not updates:
            raise ValueError("a round without updates leaves nothing to aggregate")
        replies = [self._reply(update, examples, like) for update, examples in updates]
        if isinstance(self._rule, FedAdam):
            self._rule.current_arrays = {PARAMETERS: shared.numpy()}
        result, _ = self._rule.aggregate_train(round, replies)
        if result is None:
            raise ValueError("the rule returned no model")
        values = result[PARAMETERS].numpy()
        return torch.from_numpy(values.astype(np.float32, copy=False))

    def state(self) -> dict[str, Tensor]:
        """Return what must be stored to go on later."""
        moments = ((name, getattr(self._rule, name, None)) for name in _MOMENTS)
        return {name: torch.from_numpy(kept[PARAMETERS]) for name, kept in moments if kept}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        for name, kept in state.items():
            setattr(self._rule, name, {PARAMETERS: kept.numpy()})

    def _reply(self, update: ArrayRecord, examples: int, like: Message | None) -> Message:
        weight = float(examples) if self._options.weights == "examples" else 1.0
        content = RecordDict({MODEL: in_place(update), "weight": MetricRecord({_WEIGHT: weight})})
        if like is None:
            return Message(content, 0, MessageType.TRAIN)
        return Message(content, reply_to=like)


def _rule(options: AggregationSection) -> FedAvg:
    every: dict[str, Any] = {
        "fraction_train": 1.0,
        "min_train_nodes": 1,
        "min_available_nodes": 1,
        "weighted_by_key": _WEIGHT,
    }
    if options.rule == "fedprox":
        return FedProx(proximal_mu=options.proximal, **every)  # the devices add the proximal term
    if options.rule == "fedadam":
        return FedAdam(
            eta=options.learning_rate, beta_1=options.beta_1, beta_2=options.beta_2, tau=options.tau, **every
        )
    return FedAvg(**every)
