"""One run of the federation's own mechanism with canaries in place of devices, and what it shows of them.

Each canary is in or out by a coin. One that is in sends the longest update that the clip allows along an axis of
its own; one that is out sends zeros, or is absent where cohorts are drawn by chance. Updates go through the same
steps as devices' (`Protection`, `Steps`): clip, weights, shares of noise, grid, sum, central noise, average. The
auditor sees every average, adds up what lies on a canary's axis, and guesses.

Two patterns are tried. Constant: a canary sends the same in every round; this measures the noise. Alternating: its
sign changes from round to round, and so does the auditor's; noise that is drawn once for two rounds cancels.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedser.arrays import Doubles
from fedser.privacy.accountant import epsilon
from fedser.privacy.audit.one_run import epsilon_of_errors, epsilon_of_gaussian_errors, epsilon_shown
from fedser.privacy.defences import Contribution, DeviceStreams
from fedser.privacy.defences.order import steps_of
from fedser.privacy.fixed_point import wrap
from fedser.privacy.options import PrivacyOptions
from fedser.privacy.protection import FederationFacts, Protection
from fedser.seeding import generator

LEVEL = 0.05
SHARES = (1, 4, 16)
"""The auditor guesses about all canaries, about the surest quarter, and the surest sixteenth."""
_PLAIN = {"secure_noise": False, "nonce": "0" * 16, "defences": [], "unit": "device", "devices_per_owner": 1}
"""A canary stands for the unit: where that is an owner, for all devices of one, which share the clip."""


@dataclass(frozen=True)
class Audit:
    """What the canaries of a mechanism show, with 95 % confidence over both patterns and all thresholds."""

    canaries: int
    rounds: int
    delta: float
    claimed: float
    """ε at δ by the accountant, at the run's noise, sampling and rounds."""
    shown: float
    """ε at δ that the errors at the middle threshold show; canaries' noise is taken to be independent."""
    strict_delta: float
    strict_claimed: float
    strict: float
    """ε at `strict_delta` that is refuted with nothing assumed of the mechanism (Steinke et al. 2023)."""

    @property
    def broken(self) -> bool:
        """Whether the mechanism shows more than is claimed."""
        return self.shown > self.claimed or self.strict > self.strict_claimed

    def record(self) -> dict[str, Any]:
        """Return what run.json says of it."""
        return dataclasses.asdict(self)


def audit(
    options: PrivacyOptions, noise_multiplier: float, rate: float, rounds: int, seed: int = 0, canaries: int = 400
) -> Audit:
    """Return the audit of a mechanism at a noise multiplier, over rounds in which a share `rate` takes part.

    Further steps by name are left out: nothing is claimed of them.
    """
    strict = min(options.delta or 1.0, 0.01 / canaries)
    change = {"noise_multiplier": noise_multiplier, "target_epsilon": None, "budget": None, "delta": strict}
    chosen = options.model_copy(update=change | _PLAIN)
    facts = FederationFacts(canaries, canaries, canaries * rate, rounds)
    patterns = [np.ones(rounds), np.resize([1.0, -1.0], rounds)][: min(rounds, 2)]
    level, shown, refuted, delta = LEVEL / len(patterns), 0.0, 0.0, options.delta or 0.0
    guard = Protection(chosen, facts, seed=seed, arm="audit")
    sampling = guard.sampling
    for number, signs in enumerate(patterns):
        inside = generator(seed, "audit", "coins", number).random(canaries) < 0.5
        scores = _scores(Protection(chosen, facts, seed=seed, arm=f"audit {number}"), inside, signs, seed)
        in_cohort = rounds * sampling.rate
        guessed = scores > in_cohort / 2
        misses = int((inside & ~guessed).sum()), int(inside.sum())
        alarms = int((~inside & guessed).sum()), int((~inside).sum())
        bound = epsilon_of_gaussian_errors if sampling.scheme == "known" else epsilon_of_errors
        shown = max(shown, bound(misses, alarms, delta, level))
        for share in SHARES:
            half = canaries // share // 2
            order = np.argsort(scores)
            correct = int(inside[order[-half:]].sum() + (~inside[order[:half]]).sum())
            refuted = max(refuted, epsilon_shown(canaries, 2 * half, correct, strict, level / len(SHARES)))
    claims = [epsilon(noise_multiplier, sampling, rounds, each) for each in (delta, strict)]
    return Audit(canaries, rounds, delta, claims[0], shown, strict, claims[1], refuted)


def _scores(guard: Protection, inside: np.ndarray[Any, np.dtype[np.bool_]], signs: Doubles, seed: int) -> Doubles:
    """Return what the averages hold of each canary (m,), in clips and times the participants, over all rounds."""
    m, scheme = len(inside), guard.options.sampling
    total = np.zeros(m)
    for round, sign in enumerate(signs, start=1):
        present = _cohort(guard, inside, generator(seed, "audit", "cohort", round))
        update = {k: _canary(m, k, sign * 4 * guard.clip * inside[k]) for k in present}
        average, clip = _round(guard, round, update, seed)
        divisor = len(present) if scheme == "known" else guard.facts.participants
        total += sign * average * divisor / clip
    return total


def _cohort(
    guard: Protection, inside: np.ndarray[Any, np.dtype[np.bool_]], stream: np.random.Generator
) -> list[int]:
    m, rate = len(inside), guard.sampling.rate
    chosen = np.arange(m)
    if guard.options.sampling == "poisson":
        chosen = np.flatnonzero(inside & (stream.random(m) < rate))
    elif guard.options.sampling == "fixed":
        chosen = np.sort(stream.choice(m, max(1, round(m * rate)), replace=False))
    return [int(k) for k in chosen]


def _canary(size: int, axis: int, length: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    update = np.zeros(size, np.float32)
    update[axis] = length
    return update


def _round(
    guard: Protection, number: int, updates: Mapping[int, np.ndarray[Any, np.dtype[np.float32]]], seed: int
) -> tuple[Doubles, float]:
    """Return the average that one round releases, (m,), and its clip."""
    terms = guard.terms(number, tuple(updates))
    steps, origin = steps_of(terms), np.zeros(guard.facts.size, np.float32)
    parcels = {
        k: steps.send(
            Contribution(update, origin), DeviceStreams(seed, "audit", number, k, terms.attempt, nonce=terms.nonce)
        )
        for k, update in updates.items()
    }
    if terms.grid is not None:
        guard.charge(terms, tuple(updates))
        summed = sum((wrap(p.values) for p in parcels.values()), np.zeros(terms.length(origin.size), np.uint32))
        average = guard.average_of_sum(terms, summed, len(parcels), origin)
    else:
        received = {k: steps.receive(parcel) for k, parcel in parcels.items()}
        guard.charge(terms, tuple(updates), received=received)
        average = guard.average(terms, received, origin)
    return average.values.astype(np.float64), terms.clip
