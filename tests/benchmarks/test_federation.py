"""What a federation costs beside the devices' own work: 100 devices, the paper's head, five local steps.

Rounds of the federation and of a bare loop are timed in turn, A B A B, and the quickest of each are compared:
whatever else the machine does only ever adds time. Run with `-s` to see the figures.
"""

import os
import time

import numpy as np
import pytest
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

pytestmark = pytest.mark.benchmark
DEVICES, ROUNDS = 100, 9
ARM = Arm.parse("finetuning")


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
        files = RoundFiles(arm_folder(run, 0, "federated", ARM))
        federation = Federation(config, world, "federated", ARM, Devices(grid, DEVICES), files)
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
        f"\n{workers} in process: {quickest['ours']:.2f} ms per device-task, bare loop {quickest['bare']:.2f} ms"
    )
    return quickest


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    return timed_in_turn(tmp_path_factory.mktemp("one") / "run", 1)


def test_a_task_in_process_costs_little_more_than_in_a_bare_loop(one):
    # 1.15 was wanted, and 1.03 to 1.17 was found: 100 updates of 2.9 MB are held until the round ends.
    print(f"in process over a bare loop: {one['ours'] / one['bare']:.3f}")
    assert one["ours"] <= 1.25 * one["bare"]


def test_two_workers_are_faster_than_one(one, tmp_path):
    # 1.7 was wanted. Two bare loops at once reach 1.8 on two cores that share memory; messages take the rest.
    if os.getloadavg()[0] > 1.7:
        pytest.skip("needs two free cores: something else is running")
    two = timed_in_turn(tmp_path / "run", 2)
    speedup = (one["ours"] / one["bare"]) / (two["ours"] / two["bare"])
    print(f"two workers over one: {speedup:.2f}")
    assert speedup >= 1.2


@pytest.mark.engine
def test_the_overhead_is_a_fifth_of_rays_or_less(one, tmp_path):
    config = config_of(DEVICES, 5, arm="federated:finetuning")
    run = write_run(tmp_path / "run", config)
    ray.run_federation(run, DEVICES, 1)
    files = sorted(arm_folder(run, 0, "federated", ARM).glob("round-*.json"))
    quickest = np.diff([file.stat().st_mtime for file in files])[1:-1].min()
    ours, rays = one["ours"] - one["bare"], 1e3 * quickest / DEVICES - one["bare"]
    print(f"overhead per task: in process {ours:.2f} ms, Ray {rays:.2f} ms")
    assert rays >= 5 * ours
