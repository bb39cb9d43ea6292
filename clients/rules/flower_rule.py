"""A strategy of Flower's as a rule: its options, its name, and what it remembers, found by looking at its class.

Flower's round loop has no checkpoint and samples node ids, so only what a strategy does with replies is used. For
every round a new strategy is made, told the server's model, given back what it remembered, and asked: what a rule
comes to never depends on whether the server has been restarted.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR, getLogger
from typing import Any, ClassVar, cast

import numpy as np
import torch
from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
from flwr.serverapp import Grid
from flwr.serverapp.strategy import FedAvg
from numpy.typing import NDArray
from pydantic import Field, create_model
from torch import Tensor

from clients.parameters import MODEL, PARAMETERS
from clients.rules.strategy_state import recall, remembered
from fedser.errors import RunError
from fedser.rules import RoundUpdates, Rule, RuleState

_WEIGHT = "num-examples"
LOSS = "train_loss"
"""What a device tells beside its model, for the strategy that asks for it."""

FLOWERS_OPTIONS: dict[str, dict[str, Any]] = {
    "eta": {"gt": 0, "description": "Length of the server's step."},
    "beta_1": {"ge": 0, "lt": 1, "description": "Decay of the momentum m."},
    "beta_2": {"ge": 0, "lt": 1, "description": "Decay of the mean square v."},
    "tau": {"gt": 0, "description": "How adaptive it is: the floor beneath √v."},
    "server_learning_rate": {"gt": 0, "description": "Length of the server's step, in average updates."},
    "server_momentum": {"ge": 0, "lt": 1, "description": "Share of the last step that goes into the next."},
    "beta": {"ge": 0, "lt": 0.5, "description": "Share of the values that is cut off at either end."},
    "num_malicious_nodes": {"ge": 0, "le": 100_000, "description": "Hostile devices it is to withstand."},
    "num_nodes_to_select": {"ge": 1, "le": 100_000, "description": "Updates that are averaged."},
    "q": {"ge": 0, "le": 100, "description": "How much more devices count whose loss is high; 0 is FedAvg."},
}
"""What Flower's options may be, which Flower itself does not check, and what they are."""

UNUSED = ("eta_l", "train_loss_key")
"""Options that Flower's strategies take and a configuration need not say: devices have [training] learning_rate,
and tell their loss by one name."""


class FlowerRule(Rule):
    """A rule that asks a strategy of Flower's."""

    strategy: ClassVar[type[FedAvg]]
    least_of: ClassVar[Callable[[Any], int]]
    measures: ClassVar[bool] = False
    """Whether it takes distances between models. They are many orders smaller than models, and Flower takes them
    from squared norms, so in float32 little would be left of them."""

    writes: ClassVar[bool] = False
    """Whether it computes in the arrays it is given, so that they must be copies."""

    @property
    def least(self) -> int:
        """Return the fewest updates it makes a model of."""
        return type(self).least_of(self)

    def aggregate(self, server: Tensor, updates: RoundUpdates, state: RuleState) -> tuple[Tensor, RuleState]:
        """Return what the strategy makes of the updates, as if they were replies to its own messages."""
        with _quiet():
            strategy = self.strategy(**self.model_dump(), weighted_by_key=_WEIGHT)
            strategy.fraction_train = 0.0  # it asks no node itself
            before = dict(vars(strategy))
            _tell(strategy, updates.round, server)
            anew = {name for name, value in vars(strategy).items() if value is not before.get(name)}
            recall(strategy, state)
            models = [update.model.double() if self.measures else update.model for update in updates]
            told = [{name: float(value) for name, value in update.beside.items()} for update in updates]
            given = zip(models, updates, told, strict=True)
            replies = [_Reply.of(self._held(model), update.weight, more) for model, update, more in given]
            made, _ = strategy.aggregate_train(updates.round, cast(list[Message], replies))
            if made is None:
                raise RunError(f"the rule {self.name} made no model of {len(updates)} updates")
            values = made[PARAMETERS].numpy().astype(np.float32, copy=False)
        return torch.from_numpy(values), remembered(strategy, before, anew)

    def _held(self, model: Tensor) -> ArrayRecord:
        return ArrayRecord({PARAMETERS: Array(model.numpy())}) if self.writes else _record(model)


def wrapped(
    strategy: type[FedAvg],
    does: str,
    *,
    of_average: bool = False,
    least: Callable[[Any], int] = lambda rule: 1,
    measures: bool = False,
    base: type[FlowerRule] = FlowerRule,
) -> type[FlowerRule]:
    """Return a strategy as a rule; its options and their defaults are Flower's, but for those that `base` has."""
    fields: dict[str, Any] = {
        option: (type(default), Field(default, **FLOWERS_OPTIONS.get(option, {})))
        for option, default in _options(strategy).items()
        if option not in base.model_fields
    }
    title = strategy.__name__
    made = create_model(title, __base__=base, __doc__=f"{title} {does}", **fields)
    made.strategy, made.of_average, made.measures = strategy, of_average, measures
    made.least_of = staticmethod(least)
    made.name, made.title, made.does = title.lower(), title, does
    return made


def _options(strategy: type[FedAvg]) -> dict[str, Any]:
    """Return a strategy's own options beyond FedAvg's, as far as a configuration can write them."""
    common = inspect.signature(FedAvg.__init__).parameters
    own = inspect.signature(strategy.__init__).parameters
    return {
        name: parameter.default
        for name, parameter in own.items()
        if name not in common and name not in UNUSED and isinstance(parameter.default, bool | int | float | str)
    }


def _tell(strategy: FedAvg, round: int, server: Tensor) -> None:
    """Tell a strategy what model the round began with, as its own round loop would."""
    list(strategy.configure_train(round, _record(server), ConfigRecord(), cast(Grid, None)))


def _record(model: Tensor) -> ArrayRecord:
    record = ArrayRecord()
    record[PARAMETERS] = _Held(model.numpy())  # the constructor would take the bytes alone
    return record


class _Held(Array):
    """A Flower array that is an array of ours, not bytes: nothing is copied, and it cannot be written to."""

    def __init__(self, values: NDArray[np.floating[Any]]) -> None:
        super().__init__(str(values.dtype), values.shape, "numpy.ndarray", b"")
        self._values = values.view()
        self._values.setflags(write=False)

    def numpy(self) -> NDArray[np.floating[Any]]:
        """Return the array itself."""
        return self._values


@dataclass(frozen=True)
class _Reply:
    """A reply as far as strategies look at one; a real message needs a node and a running app."""

    content: RecordDict

    @classmethod
    def of(cls, model: ArrayRecord, weight: float, told: Mapping[str, float]) -> "_Reply":
        metrics = MetricRecord({_WEIGHT: float(weight), **told})
        return cls(RecordDict({MODEL: model, "weight": metrics}))

    def has_error(self) -> bool:
        return False


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep strategies from telling the terminal, in every round, what they received, and numpy what overflows.

    The server looks at what comes of it.
    """
    logger = getLogger("flwr")
    before = logger.level
    logger.setLevel(ERROR)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    finally:
        logger.setLevel(before)
