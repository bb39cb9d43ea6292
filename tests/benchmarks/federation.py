"""What a federation costs beside the devices' own work: 100 devices, the paper's head, five local steps.

Rounds of the federation and of a bare loop are timed in turn, A B A B, and the quickest of each are compared:
whatever else the machine does only ever adds time.

    python -m tests.benchmarks.federation [--ray]
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from fedser.device import DeviceState, Life, World
from fedser.protocol import Arm
from fedser.worker_process import keep_freed_memory
from simulations.engines import internals, ray
from simulations.engines.inprocess import in_process_grid
from simulations.moving.devices import Devices
from simulations.moving.federation import Federation, arm_folder
from simulations.moving.round_files import RoundFiles
from simulations.moving.server_model import first_model
from tests.benchmarks.federation_at_size import config_of, write_run
from tests.benchmarks.processor import processor

DEVICES, ROUNDS = 100, 9
ARM = Arm.parse_shared("federated:finetuning")


class BareLoop:
    """The same rounds in a plain loop over the devices, with a plain weighted mean."""

    def __init__(self, world, model):
        self.world, self.model = world, model
        self.life, self.states, self.number = Life(world, ARM), [DeviceState()] * DEVICES, 0

    def round(self):
        self.number += 1
        total, count = torch.zeros_like(self.model), 0
        for device in range(DEVICES):
            state, learnt = self.life.live(self.states[device], self.model, device, self.number)
            self.states[device] = state
            total.add_(learnt.parameters, alpha=learnt.examples)
            count += learnt.examples
        self.model = total / count


def timed_in_turn(folder, workers):
    """Return ms per device-task of the quickest round, of a bare loop and of the federation."""
    config = config_of(DEVICES, ROUNDS, arm="federated:finetuning")
    run = write_run(folder, config)
    internals.take_identity()
    keep_freed_memory()  # as the engine does, so that the bare loop is no straw man
    world = World.read(run / "data", 0)
    first = first_model(config, world, run / "server", run / "first.safetensors")
    bare, times = BareLoop(world, first), {"bare": [], "ours": []}
    with in_process_grid(run, DEVICES, workers) as grid:
        files = RoundFiles(arm_folder(run, 0, ARM))
        federation = Federation(config, world, ARM, Devices(grid, DEVICES, 10.0), files)
        began = time.perf_counter()

        def tell(number):
            nonlocal began
            ended = time.perf_counter()
            times["ours"].append(ended - began)
            if number < ROUNDS:  # the last one is scored, also in the bare loop
                bare.round()
                times["bare"].append(time.perf_counter() - ended)
            began = time.perf_counter()

        federation.run(first, tell)
    quickest = {who: 1e3 * min(seconds[1 : ROUNDS - 1]) / DEVICES for who, seconds in times.items()}
    print(
        f"{workers} in process: {quickest['ours']:.2f} ms per device-task, bare loop {quickest['bare']:.2f} ms,"
        f" ratio {quickest['ours'] / quickest['bare']:.3f}"
    )
    return quickest


def ms_of_ray(folder):
    """Return ms per device-task of Ray's quickest round."""
    run = write_run(folder, config_of(DEVICES, 5, arm="federated:finetuning"))
    ray.run_federation(run, DEVICES, 1)
    files = sorted(arm_folder(run, 0, ARM).glob("round-*.json"))
    return 1e3 * np.diff([file.stat().st_mtime for file in files])[1:-1].min() / DEVICES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ray", action="store_true", help="minutes more: Ray's overhead too")
    with_ray = parser.parse_args().ray
    torch.set_num_threads(1)
    print(processor())
    with tempfile.TemporaryDirectory() as folder:
        one, two = (timed_in_turn(Path(folder) / str(workers), workers) for workers in (1, 2))
        faster = (one["ours"] / one["bare"]) / (two["ours"] / two["bare"])
        print(f"two workers: {faster:.2f} times as fast as one")
        if with_ray:
            ours, rays = one["ours"] - one["bare"], ms_of_ray(Path(folder) / "ray") - one["bare"]
            print(f"overhead per device-task: in process {ours:.2f} ms, Ray {rays:.2f} ms")


if __name__ == "__main__":
    main()
