"""The Flower app of the server: all arms of all seeds, one after another; the same on every engine."""

from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from clients.node_key import KEYS
from fedser.config import load
from fedser.device import World
from fedser.one_thread import one_thread
from fedser.protocol import Arm
from fedser.protocol.arms import FINETUNED
from simulations.moving.config import MovingConfig
from simulations.moving.devices import Devices
from simulations.moving.federation import Federation, arm_folder, updates_folder
from simulations.moving.nonce import with_nonce
from simulations.moving.pooled_reference import PooledReference
from simulations.moving.round_files import RoundFiles
from simulations.moving.server_model import first_model
from simulations.moving.update_files import UpdateFiles
from simulations.progress import Meter, meter
from simulations.run_folder import read_record

app = ServerApp()


@app.main()
@one_thread()
def main(grid: Grid, context: Context) -> None:
    """Run the federation of the run folder that the app was started with."""
    run = Path(str(context.run_config["run"]))
    config = with_nonce(load(run / "config.toml", MovingConfig), read_record(run))
    arms = config.parsed_arms()
    devices = Devices(grid, config.devices.count, config.participation.absent_node_timeout_s, run / KEYS)
    with meter("rounds", config.seeds * len(arms) * config.rounds) as progress:
        for seed in range(config.seeds):
            _run_seed(run, config, seed, devices, progress)


def _run_seed(run: Path, config: MovingConfig, seed: int, devices: Devices, progress: Meter) -> None:
    world = World.read(run / "data", seed)
    start = run / "checkpoints" / f"seed-{seed}" / "first.safetensors"
    progress.show("server", f"seed {seed}, first model")
    first = first_model(config, world, run / "server", start)
    for arm in config.parsed_arms():
        files = RoundFiles(arm_folder(run, seed, arm), world.identity)
        done = files.read_state()
        if done:
            progress.finish("server", "", done.round, fresh=False)

        def tell(round: int, label: str = f"seed {seed} {arm.name}") -> None:
            progress.show("server", f"{label} round {round}")
            progress.finish("", f"{label}, round {round}")

        kept = None
        if config.audit.record_updates:
            kept = UpdateFiles(updates_folder(run, seed, arm), config.training.learning_rate, world.identity)
        if arm.pooled:
            PooledReference(config, world, arm, files).run(first, tell)
        else:
            for part, last in _parts(arm, config.rounds, world.settings.last_shared):
                Federation(config, world, part, devices, files, kept, arm, last).run(first, tell)
                if files.read_end():
                    break


def _parts(arm: Arm, rounds: int, last_shared: int) -> list[tuple[Arm, int]]:
    """Return what an arm does one after another, each with its last round."""
    if arm.mode != FINETUNED:
        return [(arm, rounds)]
    return [(arm.in_round(1, last_shared), last_shared), (arm.in_round(rounds, last_shared), rounds)]
