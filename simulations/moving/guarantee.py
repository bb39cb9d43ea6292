"""What a guarantee of [privacy] depends on in a federation: how many take part, and how often one device does."""

from collections import Counter
from collections.abc import Sequence

from fedser.device import World
from fedser.errors import ConfigError
from fedser.privacy import FederationFacts, Owners
from simulations.moving.cohort import draw_cohort, reachable_devices
from simulations.moving.config import MovingConfig


def facts_of(config: MovingConfig, world: World, size: int) -> FederationFacts:
    """Return the facts; `size` is the length k of an update."""
    part, devices = config.participation, config.devices.count
    expected = part.fraction * devices if part.sampling == "poisson" else part.most(devices)
    rounds = config.rounds
    if config.privacy.private and not config.privacy.hides_cohorts:
        of = owners_of(world) if config.privacy.unit == "owner" else tuple(range(devices))
        rounds = _most_often(config, world, of)
    owners = Owners(owners_of(world), config.privacy.devices_per_owner)
    check_owners_devices(config, world)
    return FederationFacts(size, devices, expected, rounds, config.aggregation.weights, owners)


def owners_of(world: World) -> tuple[int, ...]:
    """Return a number for each device's owner, (devices,): who has a speaker in common has one owner.

    Where all speech is dealt out, without regard to who speaks, every device counts as its own.
    """
    numbers = list(range(world.settings.devices))
    if world.settings.owner == "mixed":
        return tuple(numbers)
    for environment, steps in enumerate(world.settings.conditions):
        speakers = world.conditions[steps[0]].candidates.speaker
        first: dict[str, int] = {}
        for device, rows in enumerate(world.owned(environment)):
            known = first.setdefault(str(speakers[rows[0]]), device)
            old, new = sorted((numbers[device], numbers[known]), reverse=True)
            numbers = [new if number == old else number for number in numbers]
    return tuple(numbers)


def check_owners_devices(config: MovingConfig, world: World) -> None:
    """Raise ConfigError for an owner with more devices than its guarantee counts on."""
    if config.privacy.unit != "owner":
        return
    if config.devices.owner == "mixed":
        raise ConfigError(
            '[privacy]: unit = "owner" needs devices that have owners, and [devices] owner = "mixed" deals out '
            'all speech to all of them; take owner = "speaker", or unit = "device"'
        )
    owners = Owners(owners_of(world), config.privacy.devices_per_owner)
    if owners.largest > owners.most:
        raise ConfigError(
            f"[privacy]: an owner has {owners.largest} devices, and devices_per_owner = {owners.most}; raise "
            "it, or take fewer devices"
        )


def _most_often(config: MovingConfig, world: World, of: Sequence[int]) -> int:
    """Return in how many rounds the unit that is asked most often is asked; this is planned, not learnt.

    `of`: the unit of each device.
    """
    asked: Counter[int] = Counter()
    for round in range(1, config.rounds + 1):
        drawn = draw_cohort(config.participation, reachable_devices(world, round), world.seed, round)
        asked.update({of[device] for device in drawn})
    return max(asked.values(), default=1)
