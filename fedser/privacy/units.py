"""What a run has spent of one device and of one owner, who may have several: the same ledger, two units.

A release of the sum changes by at most the bound b of a unit, and what counts is the noise over b. Under `unit
= "device"` every device is clipped to C: k devices of an owner move a sum by kC, so an owner's noise multiplier
is σ/k. Under `unit = "owner"` every device is clipped to C/m, m the most devices an owner may have: all
together stay within C, and one alone within C/m. Drawn with probability q each, some device of an owner is
there with probability 1 − (1 − q)^m at most; that all of them are, whenever one is, is the worst case, for a
mixture of Gaussians is dominated by that of larger shifts (Choquette-Choo et al. 2024, ICLR, arXiv 2310.15526).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from fedser.privacy.accountant import Sampling, Scheme, Spent, epsilon_of

Unit = Literal["device", "owner"]


class NoisySum(Protocol):
    """One charged sum: its noise in units of the bound C, its rate, and who took part."""

    @property
    def noise_multiplier(self) -> float:
        """σ."""

    @property
    def rate(self) -> float:
        """The probability that a unit takes part."""

    @property
    def devices(self) -> tuple[int, ...]:
        """Who was asked."""


@dataclass(frozen=True)
class Owners:
    """Whose a device is, and the most devices of one owner that are counted on (`devices_per_owner`)."""

    of: tuple[int, ...]
    """(devices,) a number for each owner; devices of one owner have the same."""
    most: int = 1

    @property
    def largest(self) -> int:
        """Return how many devices the owner of most has."""
        return max(Counter(self.of).values(), default=1)


def every_device_its_own(releases: Sequence[NoisySum]) -> Owners:
    """Return that every device that took part has an owner of its own."""
    return Owners(tuple(range(1 + max((device for one in releases for device in one.devices), default=0))))


def any_of(rate: float, count: int) -> float:
    """Return the probability that one of several devices, each drawn by itself at a rate, is there.

    >>> any_of(0.1, 1), round(any_of(0.1, 2), 12)
    (0.1, 0.19)
    """
    return rate if count == 1 else 1.0 - (1.0 - rate) ** count


def spent_of(
    releases: Sequence[NoisySum], scheme: Scheme, bounded: Unit, owners: Owners, unit: Unit
) -> tuple[Spent, ...]:
    """Return what the unit that paid most has spent; `bounded` is the unit of the run, whose rate is charged."""
    if scheme != "known":
        return _together([_drawn(release, scheme, bounded, owners, unit) for release in releases])
    of = range(len(owners.of)) if unit == "device" else owners.of
    paid: dict[int, list[Spent]] = defaultdict(list)
    for release in releases:  # one pass over who took part: this is done before every round
        for number, there in Counter(of[device] for device in release.devices).items():
            paid[number].append(_known(release, there, bounded, owners))
    found = {number: _together(paid[number]) for number in sorted(paid)}
    return max(found.values(), key=lambda spent: sum(s.rounds * s.noise_multiplier**-2 for s in spent), default=())


def epsilon_together(parts: Sequence[Sequence[Spent]], delta: float) -> float:
    """Return ε at δ of everything at once, such as the models of all arms and seeds published together."""
    return epsilon_of([spent for part in parts for spent in part], delta)


def _drawn(release: NoisySum, scheme: Scheme, bounded: Unit, owners: Owners, unit: Unit) -> Spent:
    noise, rate = release.noise_multiplier, release.rate
    if (bounded, unit) == ("owner", "device"):
        noise, rate = noise * owners.most, 1.0 - (1.0 - rate) ** (1.0 / owners.most)
    if (bounded, unit) == ("device", "owner"):
        count = owners.largest
        noise = noise / count
        rate = any_of(rate, count) if scheme == "poisson" else min(1.0, count * rate)
    return Spent(noise, Sampling(scheme, rate))


def _known(release: NoisySum, there: int, bounded: Unit, owners: Owners) -> Spent:
    """Return what a unit pays of which so many devices took part."""
    bounds = float(there) if bounded == "device" else min(1.0, there / owners.most)
    return Spent(release.noise_multiplier / bounds, Sampling("known", 1.0))


def _together(parts: Sequence[Spent]) -> tuple[Spent, ...]:
    counts = Counter((part.noise_multiplier, part.sampling) for part in parts)
    return tuple(sorted(Spent(noise, sampling, rounds) for (noise, sampling), rounds in counts.items()))
