"""How many utterances each method may keep when all are given the same bytes.

What a method keeps of the past is utterances, with outputs where it stores those, and tensors of its own: Fisher
information, weights, paths. The budget is what the greediest arm needs with `capacity` utterances of each
environment; a method that keeps utterances fills it with more of them, one that keeps tensors alone cannot.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import torch

from fedser.memory import MemoryOptions, utterance_bytes
from fedser.model import Examples, FlatParameters, ModelOptions, Regressor
from fedser.seeding import generator
from fedser.strategies import Strategy, Taken, Visit
from fedser.training import FrozenModel
from fedser.training.cost import bytes_of_state


class SequentialMemoryOptions(MemoryOptions):
    """Section [memory] of one device."""

    match: Literal["utterances", "bytes"] = "utterances"
    """What all methods keep the same of: `capacity` utterances of each environment, or bytes, as many as the
    greediest arm needs with that capacity."""


def capacities(
    strategies: Mapping[str, Strategy],
    environments: int,
    widths: tuple[int, int],
    model: ModelOptions,
    capacity: int,
) -> dict[str, int]:
    """Return how many utterances of each environment each method may keep, at equal bytes.

    `widths` are those of the acoustic and the lexical embedding. Methods that keep none, or see all training
    data, are left out and, in the case of the latter, set no budget. One that learns from its memory alone keeps a
    memory of the present environment, too.
    """
    left = environments - 1
    limited = {name: strategy for name, strategy in strategies.items() if strategy.past != "everything"}
    own = {name: bytes_of_own(strategy, environments, widths, model) for name, strategy in limited.items()}
    places = {name: environments if strategy.of_memory_alone else left for name, strategy in limited.items()}
    each = {
        name: places[name] * utterance_bytes(*widths, with_outputs=strategy.keeps_outputs)
        for name, strategy in limited.items()
        if strategy.past == "memory"
    }
    budget = max((own[name] + capacity * each.get(name, 0) for name in limited), default=0)
    return {name: (budget - own[name]) // each[name] for name in each if left}


def bytes_of_own(strategy: Strategy, environments: int, widths: tuple[int, int], options: ModelOptions) -> int:
    """Return the most bytes of tensors that a method carries along, while it meets so many environments.

    They are counted on four made-up utterances: tensors are as large as the model, not as the speech.
    """
    model = Regressor(*widths, options)
    parameters = FlatParameters(model)
    stream = np.random.default_rng(0)
    made_up = Examples(*(torch.from_numpy(stream.uniform(-1, 1, (4, n)).astype(np.float32)) for n in (*widths, 2)))
    frozen = FrozenModel(model, parameters, average=False)
    vector = parameters.vector.clone()
    visit = Visit("", vector, made_up, [], frozen, 4, lambda purpose: generator(0, "made up", purpose))
    state, most = strategy.arrive({}, visit), 0
    for k in range(environments):
        state = strategy.arrive(strategy.leave(state), visit) if k else state
        if strategy.watches_steps:
            state = strategy.stepped(state, Taken(vector, vector, vector, vector))
        state = strategy.learnt(state, visit)
        most = max(most, bytes_of_state(state))
    return most
