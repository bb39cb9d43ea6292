"""What a guarantee of [privacy] depends on in a federation: how many take part, and how often one device does."""

from collections import Counter

from fedser.device import World
from fedser.privacy import FederationFacts
from simulations.moving.cohort import draw_cohort, reachable_devices
from simulations.moving.config import MovingConfig


def facts_of(config: MovingConfig, world: World, size: int) -> FederationFacts:
    """Return the facts; `size` is the length k of an update."""
    part, devices = config.participation, config.devices.count
    expected = part.fraction * devices if part.sampling == "poisson" else part.most(devices)
    rounds = config.rounds
    if config.privacy.private and not config.privacy.hides_cohorts:
        rounds = _most_often(config, world)
    return FederationFacts(size, devices, expected, rounds, config.aggregation.weights)


def _most_often(config: MovingConfig, world: World) -> int:
    """Return in how many rounds the device that is asked most often is asked; this is planned, not learnt."""
    asked: Counter[int] = Counter()
    for round in range(1, config.rounds + 1):
        asked.update(draw_cohort(config.participation, reachable_devices(world, round), world.seed, round))
    return max(asked.values(), default=1)
