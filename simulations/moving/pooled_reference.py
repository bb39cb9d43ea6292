"""`federated:joint`: one model that learns from the speech of all devices at once, a reference for federations.

What sharing models instead of speech loses is its lead over the arms that share. It can only be simulated: the
server has the data of the simulation at hand, and no message goes anywhere.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fedser.device import Life, World
from fedser.device.items import Items
from fedser.model import Examples
from fedser.protocol import Arm
from fedser.seeding import generator
from fedser.training import adapt
from fedser.training.divergence import advised
from simulations.moving.cohort import reachable_devices
from simulations.moving.config import MovingConfig
from simulations.moving.federation import Told
from simulations.moving.round_files import RoundFiles, ServerState
from simulations.moving.suspects import suspects_of


class PooledReference:
    """One arm of one seed, trained in one place.

    In every round it goes on from its last model for [adaptation] epochs, or steps, over all utterances that any
    device has heard and that are labelled by then, each once; away or asked or not, every device's count. The
    devices that can be reached are scored with it. Work done and bytes sent are nobody's: devices cost nothing.
    """

    def __init__(self, config: MovingConfig, world: World, arm: Arm, files: RoundFiles) -> None:
        self._config, self._world, self._arm, self._files = config, world, arm, files
        self._life = Life(world, arm)
        self._heard: dict[int, list[tuple[Items, NDArray[np.int64]]]] = {}

    def run(self, first: Tensor, tell: Told) -> Tensor:
        """Go through all rounds from the model `first` (p,), or the last checkpoint; return the last model."""
        state = self._files.read_state()
        if state is None:
            state = ServerState(0, first)
            self._life.parameters.restore(first)
            self._files.write(state, {"round": 0, "global": self._life.score(1), "devices": []})
        for number in range(state.round + 1, self._config.rounds + 1):
            with advised(suspects_of(self._config, self._arm)):
                self._round(state, number)
            tell(number)
        return state.model

    def _round(self, state: ServerState, number: int) -> None:
        self._life.parameters.restore(state.model)
        pooled = self.pooled(number)
        if learns := len(pooled) >= 2:
            self._train(pooled, number)
        state.round, state.model = number, self._life.parameters.vector.clone()
        scored = self._world.settings.scored_in(number)
        scores = self._life.score(number) if scored else {}
        entry: dict[str, Any] = {
            "outcome": "trained" if learns else "idle-no-labels",
            "bytes_down": 0,
            "bytes_up": 0,
        }
        entry |= {"held_out": scores} if scored else {}
        entries = [{"device": device} | entry for device in reachable_devices(self._world, number)]
        record: dict[str, Any] = {"round": number, "aggregated": learns, "devices": entries}
        self._files.write(state, record | ({"global": scores} if scored else {}))

    def pooled(self, number: int) -> Examples:
        """Return all labelled utterances up to a round, each once; those of hostile devices as they tell them."""
        world, parts = self._world, []
        for device in range(world.settings.devices):
            heard = [
                items.take((labelled_in >= 0) & (labelled_in <= number))
                for items, labelled_in in self._heard_until(device, number)
            ]
            examples = Items.join(heard).last_distinct().examples(world.training)
            poisoning = world.poisoning_of(device)
            parts.append(examples if poisoning is None else poisoning.heard(examples))
        return Examples.join(parts)

    def _heard_until(self, device: int, number: int) -> list[tuple[Items, NDArray[np.int64]]]:
        """Return what a device heard in each round up to one; a round is asked for once, however many follow."""
        heard = self._heard.setdefault(device, [])
        heard += [self._world.heard(device, past) for past in range(len(heard) + 1, number + 1)]
        return heard[:number]

    def _train(self, pooled: Examples, number: int) -> None:
        life, config = self._life, self._config

        def stream(round: int, purpose: str, epoch: int) -> np.random.Generator:
            return generator(self._world.seed, "pooled", "round", round, purpose, epoch)

        adapt(
            life.model,
            life.parameters,
            pooled,
            [],
            life.learning.strategy,
            config.training,
            config.adaptation,
            partial(stream, number),
            f"all devices, round {number}",
        )
