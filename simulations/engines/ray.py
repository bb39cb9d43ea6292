"""The engine `ray`: Flower's simulation runtime, in processes of its own."""

from pathlib import Path

from simulations.engines.flower.app import write_app
from simulations.engines.flower.home import FlowerHome, flower_home
from simulations.engines.flower.run import FlowerRun
from simulations.engines.flower.superlink import start_superlink


def run_federation(folder: Path, devices: int, workers: int) -> None:
    """Run the federation of a run folder on simulated nodes, one for each device, `workers` at a time.

    Logs are in `<folder>/logs`. Raises RunError, with the log's path, if the run does not complete. No process is
    left behind, whatever ends the run.
    """
    with flower_home() as home:
        write_app(home.app, folder)
        _simulate(home, folder.absolute() / "logs", devices, workers)


def _simulate(home: FlowerHome, logs: Path, devices: int, workers: int) -> None:
    superlink, _ = start_superlink(home, logs / "superlink.log", certificate=None)
    try:
        run = FlowerRun(home, logs / "ray.log", _federation(devices, workers))
        try:
            run.wait()
        finally:
            run.end()
    finally:
        superlink.end()


def _federation(devices: int, workers: int) -> str:
    """Return the size of the federation; without it Flower takes two nodes of two processors each."""
    return f"num-supernodes={devices} client-resources-num-cpus=1 init-args-num-cpus={workers}"
