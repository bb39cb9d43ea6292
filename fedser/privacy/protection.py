"""The server's side of a protected run: terms, budget, the sum, its noise, the average.

A round is: `terms` (raises before a round that the budget does not pay for) → devices train and `prepare` →
`charge` → `average`, or, with secure aggregation, `charge` → the secure sum → `average_of_sum`.
Without protection the list of what happens is shorter, and the functions are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.errors import UserError
from fedser.privacy.accountant import Sampling
from fedser.privacy.adaptive_clipping import inside_share, next_clip
from fedser.privacy.clipping import clip
from fedser.privacy.compression import Encoded, decode
from fedser.privacy.fixed_point import Grid, unwrap
from fedser.privacy.ledger import Charge, Ledger, Terms
from fedser.privacy.noise import Draw, add_gaussian, from_operating_system, plan_noise, seeded, share_std
from fedser.privacy.options import PrivacyOptions
from fedser.privacy.round_terms import RoundTerms
from fedser.privacy.weighting import Weights


@dataclass(frozen=True)
class Federation:
    """What a guarantee depends on beside the options.

    `size`: values of an update. `participants`: expected number of devices in a round. `rounds`: the most that
    one device can take part in.
    """

    size: int
    devices: int
    participants: float
    rounds: int
    weights: Weights = "uniform"


@dataclass(frozen=True)
class Received:
    """One device's message: its encoded update, its weight, and whether it was within the clip."""

    encoded: Encoded
    weight: float = 1.0
    inside: bool = True


class Protection:
    """Holds what changes over a run: the clip and the ledger. One for each arm and seed."""

    def __init__(
        self, options: PrivacyOptions, federation: Federation, seed: int, arm: str, ledger: Path | None = None
    ) -> None:
        options.check(federation.devices, federation.weights)
        self.options, self.federation = options, federation
        self.clip = options.clip or 0.0
        self.sampling = Sampling.of(options.sampling, federation.participants, federation.devices)
        self.noise = plan_noise(options, self.sampling, federation.rounds, federation.participants)
        self.ledger = Ledger(Terms(options.sampling, options.delta or 0.0), options.most_epsilon, ledger)
        self._seed, self._arm = seed, arm

    def terms(self, round_number: int, devices: Sequence[int], rate: float | None = None) -> RoundTerms:
        """Return what the round's devices are told; `rate` where it differs from the federation's.

        Raises BudgetSpentError where the round would exceed the budget: nothing has been sent then.
        """
        charge = self._proposal(round_number, devices, rate)
        if self.options.private and not self.ledger.permits(charge):
            self.ledger.charge(charge)
        options, participants = self.options, len(devices)
        distributed = options.mechanism == "distributed"
        std = share_std(self.noise.updates, self.clip, options.survivors(participants)) if distributed else 0.0
        grid = self._grid(participants, std) if options.secure_aggregation else Grid(0.0, 0)
        return RoundTerms(
            round=round_number,
            attempt=charge.attempt,
            clip=self.clip,
            compression=options.compression,
            keep=options.keep,
            stochastic_rounding=options.stochastic_rounding,
            grid_step=grid.step,
            grid_largest=grid.largest,
            noise_std=std,
            count_scale=self.noise.scale_of_count(self.clip),
            append_weight=self._append_weight,
            secure_noise=options.secure_noise,
        )

    def charge(self, terms: RoundTerms, devices: Sequence[int], rate: float | None = None) -> None:
        """Write the round's cost down; before `average`, or before the secure sum is begun."""
        if self.options.private:
            self.ledger.charge(self._proposal(terms.round, devices, rate))

    def average(self, terms: RoundTerms, received: Mapping[int, Received]) -> NDArray[np.float64]:
        """Return the average update, (size,), of messages by device: decode, clip, sum, add noise, divide."""
        self._require_charge(terms)
        total = np.zeros(terms.length(self.federation.size))
        weights = 0.0
        for device in sorted(received):  # in a fixed order: floating-point sums depend on it
            message = received[device]
            total += self._vector(terms, message)
            weights += message.weight
        if self.options.mechanism == "central":
            total = add_gaussian(total, self.noise.updates * terms.clip, self._draw(terms))
        return self._divide(terms, total, len(received), weights)

    def average_of_sum(self, terms: RoundTerms, total: NDArray[np.uint32], survivors: int) -> NDArray[np.float64]:
        """Return the average update, (size,), from the unmasked sum modulo 2³² of so many survivors."""
        self._require_charge(terms)
        if terms.grid is None:
            raise ValueError("these terms are not of a secure sum; use average")
        values = unwrap(total, terms.grid)
        if self.options.mechanism == "central":
            values = add_gaussian(values, self.noise.updates * terms.clip, self._draw(terms))
        weights = float(values[self.federation.size]) if terms.append_weight else float(survivors)
        return self._divide(terms, values, survivors, weights)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold beside the ledger's own file."""
        return {"clip": self.clip}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint's state."""
        self.clip = float(state["clip"])

    @property
    def _append_weight(self) -> bool:
        # Under a guarantee the sum of weights stays unknown, and the divisor is the number of participants.
        return (
            self.options.secure_aggregation and self.federation.weights == "examples" and not self.options.private
        )

    def _grid(self, participants: int, noise_std: float) -> Grid:
        bound = max(
            self.clip or self.options.secure_range,
            float(self._append_weight),
            self.noise.scale_of_count(self.clip) / 2,
        )
        return Grid.for_sum(bound, participants, noise_std)

    def _proposal(self, round_number: int, devices: Sequence[int], rate: float | None) -> Charge:
        rate = self.sampling.rate if rate is None else rate
        repeatable = not self.options.secure_noise
        return self.ledger.proposal(round_number, self.noise.multiplier, rate, devices, repeatable)

    def _require_charge(self, terms: RoundTerms) -> None:
        if self.options.private and not self.ledger.has(terms.round, terms.attempt):
            raise ValueError(f"round {terms.round} has not been charged; call charge before its sum is released")

    def _draw(self, terms: RoundTerms) -> Draw:
        if self.options.secure_noise:
            return from_operating_system
        return seeded(self._seed, self._arm, terms.round, "server", terms.attempt)

    def _vector(self, terms: RoundTerms, message: Received) -> NDArray[np.float64]:
        """Return what a message adds to the sum: decoded, clipped again, weighted, with its bit if bits count."""
        if message.encoded.size != self.federation.size:
            raise UserError(f"an update of {message.encoded.size} values, expected {self.federation.size}")
        if self.options.private and not 0.0 <= message.weight <= 1.0:
            raise UserError(
                f"a weight of {message.weight:g} under a guarantee; expected a share of 1, by weight_bound"
            )
        values = decode(message.encoded).astype(np.float64)
        if terms.clip > 0:  # a device is believed, and so is a quantised update, only up to the clip
            values, _ = clip(values, terms.clip)
        bit = [(float(message.inside) - 0.5) * terms.count_scale] if terms.count_scale > 0 else []
        return np.concatenate([message.weight * values, bit])

    def _divide(
        self, terms: RoundTerms, total: NDArray[np.float64], received: int, weights: float
    ) -> NDArray[np.float64]:
        """Divide the sum, and let the clip follow the count where it is adaptive."""
        known = self.options.sampling == "known"
        participants = max(1.0, float(received) if known else self.federation.participants)
        adaptive = self.options.adaptive_clipping
        if adaptive is not None:
            self.clip = next_clip(
                terms.clip, inside_share(float(total[-1]), terms.count_scale, participants), adaptive
            )
        divisor = participants if self.options.private else weights
        update = total[: self.federation.size]
        return update / divisor if divisor > 0 else np.zeros_like(update)
