"""What hostile devices came to: the section "adversary" of run.json.

Measured by the experimenter at the end, on the server's last model and on the one all began with.
"""

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from fedser.arrays import Doubles
from fedser.device import Life, World
from fedser.poisoning import Poisoning
from fedser.training import predict
from simulations.moving.config import MovingConfig
from simulations.moving.federation import arm_folder
from simulations.moving.round_files import RoundFiles
from simulations.moving.server_model import first_model

Row = dict[str, Any]


def adversary_record(folder: Path, config: MovingConfig) -> dict[str, Any]:
    """Return kind, share, hostile devices by seed, and success by seed and arm; {} where nobody is hostile."""
    poisoning = config.adversary.chosen(config.extensions)
    if poisoning is None:
        return {}
    devices, success = {}, []
    for seed in range(config.seeds):
        world = World.read(folder / "data", seed)
        devices[str(seed)] = sorted(world.hostile)
        start = folder / "checkpoints" / f"seed-{seed}" / "first.safetensors"
        first = first_model(config, world, folder / "server", start)
        for arm in config.parsed_arms():
            state = RoundFiles(arm_folder(folder, seed, arm), world.identity).read_state()
            if arm.shares and state is not None:
                life = Life(world, arm)
                found = {"before": _success(poisoning, life, first, first)}
                found["after"] = _success(poisoning, life, state.model, first)
                success.append({"seed": seed, "arm": arm.name} | found)
    told: Row = {"kind": poisoning.name, "share": config.adversary.share}
    told |= {"does": poisoning.does, "wants": poisoning.wants, "devices": devices, "success": success}
    return {"adversary": told}


def _success(poisoning: Poisoning, life: Life, model: Tensor, first: Tensor) -> float:
    """Return the success with a model (p,), as it would be in the last round, mean over the environments."""
    world, found = life.world, []
    for environment in range(len(world.settings.environments)):
        held_out, labels = world.held_out(environment, world.settings.rounds)
        seen = poisoning.probe(held_out)

        def predicted(parameters: Tensor, seen: Any = seen) -> Doubles:
            life.parameters.restore(parameters)
            return np.asarray(predict(life.model, seen), dtype=np.float64)

        found.append(poisoning.success(predicted(model), predicted(first), labels))
    return float(np.mean(found))
