"""An environment that arrives in small updates, one after another, rather than all at once."""

from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor

from fedser.config import Section
from fedser.memory import RingBuffer
from fedser.strategies import State
from fedser.training.early_stopping import EarlyStopping
from fedser.training.stage import StageState


class UpdateOptions(Section):
    """Section [updates]: how every environment after the first arrives (Tavernor et al. 2023, § 4.3)."""

    size: int | None = Field(None, ge=2, le=1_000_000)
    """Utterances in an update; left out, all at once. Each is trained on, until it stops by the environment's
    validation loss, before the next comes; earlier ones are gone, as an environment that was left is."""
    utterances: int | None = Field(None, ge=2, le=1_000_000)
    """How many arrive in all, drawn for each seed; left out, all of the training split."""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.size and self.utterances and self.size > self.utterances:
            raise ValueError(f"an update of {self.size} utterances is more than the {self.utterances} that arrive")
        return self

    def arriving(self, count: int, stream: np.random.Generator) -> NDArray[np.int64]:
        """Return the positions, ascending, of those of `count` training utterances that arrive."""
        drawn = stream.permutation(count)
        return np.sort(drawn if self.utterances is None else drawn[: self.utterances])

    def divide(self, count: int, stream: np.random.Generator) -> list[NDArray[np.int64]]:
        """Return the positions of `count` utterances by update, in a random order; a last single one is left out.

        Its CCC is undefined. Without a size there is one update, of all in their order.
        """
        if self.size is None:
            return [np.arange(count)]
        order = stream.permutation(count)
        parts = [order[start : start + self.size] for start in range(0, count, self.size)]
        return [part for part in parts if len(part) > 1 or len(parts) == 1]


def next_update(
    state: StageState, parameters: Tensor, strategy: State, positions: NDArray[np.int64], capacity: int
) -> StageState:
    """Return where training is before the next update: its counts go on, its epochs and its stopping start anew.

    `positions` are those of the update just learnt, whose utterances the ring now holds with those before.
    """
    vector = parameters.clone()
    return replace(
        state,
        epoch=0,
        finished=False,
        parameters=vector,
        stopping=EarlyStopping(state.stopping.patience, vector, state=strategy),
        strategy=strategy,
        update=state.update + 1,
        heard=seen_in_all(state, positions, capacity),
        seen_last=np.zeros(0, dtype=np.int64),
    )


def seen_in_all(state: StageState, positions: NDArray[np.int64], capacity: int) -> NDArray[np.int64]:
    """Return the environment's positions seen last over all updates so far, in the ring's order."""
    ring = RingBuffer(capacity, state.heard.tolist())
    ring.see(positions[state.seen_last].tolist())
    return ring.positions()
