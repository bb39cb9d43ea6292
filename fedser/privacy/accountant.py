"""What the rounds of a federation cost: device-level (ε, δ) of subsampled Gaussian mechanisms over a run.

Privacy-loss distributions are composed by `dp-accounting` (Google), pessimistically: every ε is an upper bound.
Neighbouring federations differ in one whole device. What the adversary may know decides the scheme:

- `poisson`: each device takes part with probability q, independently, and nobody learns who did; one device
  is added or removed. Averages must divide by the expected number of participants, not by the actual one.
- `fixed`: m of N devices, drawn without replacement, and nobody learns who was; one device is added or
  removed, and m is a constant that both federations have: a share of N, rounded, is not, for neighbours may differ
  by a whole update in every round then. The sample of the larger federation holds the device with probability
  q = m/N, and then lacks another one: the sum differs by two clips. By joint convexity the round is dominated by
  the pair (1 − q) N(0, σ²) + q N(2, σ²) against N(0, σ²), in clips, that is by Poisson sampling at half the
  multiplier (Zhu, Dong, Wang 2022, AISTATS, Theorem 11), also where all N = m take part, for the neighbour of
  N + 1 leaves one out. Honest, and dearer: `poisson` is to be preferred.
- `known`: the adversary sees who takes part (secure aggregation; availability). No credit for sampling;
  a device's update may be replaced by nothing. Its rounds compose to one Gaussian mechanism, exactly
  (Balle, Wang 2018, ICML): what counts is the device that took part most often.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Self

from fedser import extras
from fedser.errors import ConfigError

if TYPE_CHECKING:
    from dp_accounting import DpEvent

Scheme = Literal["poisson", "fixed", "known"]
COARSE, FINE = 1e-3, 1e-4
"""Steps of the privacy loss; both give upper bounds. Above ε = 2 the fine one changes less than 1 % and takes
ten times as long."""


@dataclass(frozen=True, order=True)
class Sampling:
    """Who takes part in a round: the scheme, and the rate q in (0, 1], which `known` leaves at 1."""

    scheme: Scheme
    rate: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.rate <= 1.0:
            raise ConfigError(f"a sampling rate of {self.rate:g}: expected a share of the devices in (0, 1]")
        if self.scheme == "known" and self.rate != 1.0:
            raise ConfigError(f"known participants earn no rate, got {self.rate:g}; leave it at 1")

    @classmethod
    def of(cls, scheme: Scheme, participants: float, devices: int) -> Self:
        """Return the sampling of so many (expected) participants among the devices that were available."""
        return cls(scheme, 1.0 if scheme == "known" else participants / devices)


@dataclass(frozen=True, order=True)
class Spent:
    """A number of rounds at one noise multiplier and one sampling."""

    noise_multiplier: float
    sampling: Sampling
    rounds: int = 1


def require_accounting() -> None:
    """Raise ConfigError, which says what to install, where `dp-accounting` is not."""
    extras.require("dp_accounting", "privacy", "[privacy]: the accountant of a guarantee")


def epsilon(noise_multiplier: float, sampling: Sampling, rounds: int, delta: float) -> float:
    """Return ε of `rounds` equal rounds at δ; infinite without noise, 0 for no rounds.

    >>> round(epsilon(1.0, Sampling("poisson", 0.1), rounds=200, delta=1e-5), 2)
    9.97
    """
    return epsilon_of([Spent(noise_multiplier, sampling, rounds)], delta)


def epsilon_of(spent: Iterable[Spent], delta: float) -> float:
    """Return ε at δ of rounds that may differ in noise and sampling."""
    return _composed(tuple(sorted(part for part in spent if part.rounds > 0)), delta)


@lru_cache(maxsize=4096)
def _composed(spent: tuple[Spent, ...], delta: float) -> float:
    if not spent:
        return 0.0
    if any(part.noise_multiplier <= 0.0 for part in spent):
        return math.inf
    if all(part.sampling.rate == 1.0 for part in spent):
        # Gaussians without sampling are one Gaussian, whose ε is known in closed form.
        together = sum(part.rounds * _in_clips(part) ** -2 for part in spent) ** -0.5
        require_accounting()
        from dp_accounting import get_epsilon_gaussian

        return float(get_epsilon_gaussian(together, delta))
    coarse = _by_loss_distribution(spent, delta, COARSE)
    return coarse if coarse > 2.0 else min(coarse, _by_loss_distribution(spent, delta, FINE))


def _by_loss_distribution(spent: tuple[Spent, ...], delta: float, step: float) -> float:
    require_accounting()
    from dp_accounting.pld import PLDAccountant

    accountant = PLDAccountant(value_discretization_interval=step)
    for part in spent:
        accountant.compose(_event(part), part.rounds)
    return float(accountant.get_epsilon(delta))


def _event(part: Spent) -> "DpEvent":
    from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent

    return PoissonSampledDpEvent(part.sampling.rate, GaussianDpEvent(_in_clips(part)))


def _in_clips(part: Spent) -> float:
    """Return the noise over what one device can change: a clip, or two where it takes another one's place."""
    return part.noise_multiplier / (2.0 if part.sampling.scheme == "fixed" else 1.0)


def noise_for(target_epsilon: float, sampling: Sampling, rounds: int, delta: float) -> float:
    """Return the smallest noise multiplier, to 0.1 %, whose ε over the rounds does not exceed the target."""
    if rounds < 1:
        raise ConfigError(f"noise for {rounds} rounds: expected at least one round to spend the budget on")

    high = 1.0
    while epsilon(high, sampling, rounds, delta) > target_epsilon:
        high *= 2.0
        if high > 1e6:
            raise ConfigError(f"target_epsilon {target_epsilon:g} at delta {delta:g} needs more noise than 1e6")
    low = high / 2.0
    while low > 1e-2 and epsilon(low, sampling, rounds, delta) <= target_epsilon:
        low, high = low / 2.0, low
    while high - low > 1e-3 * high:
        middle = (low + high) / 2.0
        enough = epsilon(middle, sampling, rounds, delta) <= target_epsilon
        low, high = (low, middle) if enough else (middle, high)
    return high


def rounds_within(target_epsilon: float, noise_multiplier: float, sampling: Sampling, delta: float) -> int:
    """Return how many equal rounds the budget pays for, at most 100 000."""
    low, high = 0, 1
    while high <= 100_000 and epsilon(noise_multiplier, sampling, high, delta) <= target_epsilon:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        within = epsilon(noise_multiplier, sampling, middle, delta) <= target_epsilon
        low, high = (middle, high) if within else (low, middle)
    return min(low, 100_000)
