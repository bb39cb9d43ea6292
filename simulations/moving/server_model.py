"""The model that devices start from: random weights, or trained on a corpus of the server's own."""

from pathlib import Path

from torch import Tensor

from fedser import whole_files
from fedser.device import World
from fedser.model import FlatParameters, Regressor
from fedser.protocol import EnvironmentData
from fedser.seeding import generator
from fedser.strategies.finetuning import Finetuning
from fedser.training import train_stage
from fedser.training.divergence import advised
from fedser.training.stage import StageData
from simulations.moving.config import MovingConfig


def first_model(config: MovingConfig, world: World, server_data: Path, file: Path) -> Tensor:
    """Return the parameters (p,) of a seed's first model; trained once, then read from `file`.

    All arms of a seed share it, so that they are paired.
    """
    of: dict[str, str | int] = {"seed": world.seed, "data": world.identity}
    if file.exists():
        return whole_files.read_tensors(file, of)[0]["model"]
    first = world.training[0]
    model = Regressor(first.acoustic.shape[1], first.lexical.shape[1], config.model)
    model.initialise(generator(world.seed, "initial weights"))
    parameters = FlatParameters(model)
    record = {"epochs": 0}
    if config.server.speakers:
        data = EnvironmentData.read(server_data)
        options = config.training
        if config.server.learning_rate:
            options = options.model_copy(update={"learning_rate": config.server.learning_rate})
        stage = StageData("server", data.examples["train"], [], data.examples["validation"])
        own = {"training": config.training} if config.server.learning_rate is None else {"server": config.server}
        with advised(own):
            state = train_stage(
                model,
                parameters,
                stage,
                Finetuning(),
                options,
                1,
                lambda purpose, epoch: generator(world.seed, "server", purpose, epoch),
            )
        record = {"epochs": state.epoch}
    whole_files.write_tensors(file, {"model": parameters.vector}, record, of)
    return parameters.vector.clone()
