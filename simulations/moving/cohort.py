"""Who takes part in a round, and who is too late."""

import os
from collections.abc import Sequence

import numpy as np

from fedser.device import World
from fedser.seeding import generator
from simulations.moving.participation import ParticipationSection


def reachable_devices(world: World, round: int) -> list[int]:
    """Return the devices that can be reached in a round, ascending."""
    available = world.itinerary.available[:, round - 1]
    return [device for device in range(world.settings.devices) if available[device]]


def draw_cohort(
    options: ParticipationSection,
    reachable: Sequence[int],
    seed: int,
    round: int,
    secret: bool = False,
    nonce: str = "",
) -> list[int]:
    """Return the devices asked in a round, ascending, drawn from those that can be reached.

    Devices are drawn, not Flower's nodes, whose ids differ from run to run. "fixed" draws at least one. A `secret`
    cohort is the operating system's, and another one every time: nobody who has the configuration can recompute
    it. With a `nonce` cohorts differ between runs of one seed.
    """
    key = ("cohort", nonce, round) if nonce else ("cohort", round)
    stream = _from_operating_system() if secret else generator(seed, *key)
    if options.sampling == "poisson":
        return [device for device in reachable if stream.random() < options.fraction]
    if not reachable:
        return []
    drawn = stream.choice(np.asarray(reachable), options.most(len(reachable)), replace=False)
    return sorted(int(device) for device in drawn)


def _from_operating_system() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(int.from_bytes(os.urandom(32))))


def seconds_on_device(
    options: ParticipationSection, seed: int, device: int, flops: float, bytes_moved: int
) -> float:
    """Return how long a device would take to compute and to send, by its drawn speed."""
    spread = generator(seed, "device", device, "speed").normal(0.0, options.speed_spread)
    return float(
        flops / (options.gflops * 1e9 * np.exp(spread)) + 8 * bytes_moved / (options.megabits_per_s * 1e6)
    )


def is_late(options: ParticipationSection, seed: int, device: int, flops: float, bytes_moved: int) -> bool:
    """Return whether a device misses the deadline."""
    if options.deadline_s is None:
        return False
    return seconds_on_device(options, seed, device, flops, bytes_moved) > options.deadline_s
