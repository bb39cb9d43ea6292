"""Two neighbouring federations, told apart by the best attack there is: what it achieves bounds ε from below.

The attacker knows everybody's update, chooses the one device's (of the full clip, along one axis), sees what is
released and projects it on that axis: for one Gaussian round this is the likelihood ratio. A threshold is chosen
on half of the trials; on the other half, Clopper and Pearson's limits of its hits p and false alarms f, at 97.5 %
each, give ε ≥ log((p − δ) / f) with 95 % confidence, for both directions of the test.
(Jagielski, Ullman, Oprea 2020, NeurIPS; Nasr et al. 2023, USENIX Security.)
"""

import math

import numpy as np
import pytest
from scipy import stats

from fedser.privacy import (
    Contribution,
    DeviceStreams,
    FederationFacts,
    PrivacyOptions,
    Protection,
    Sampling,
    epsilon,
    steps_of,
)
from fedser.privacy.fixed_point import wrap

CLIP, DELTA, SIZE, TRIALS = 0.5, 1e-2, 4, 1500
OTHERS = {device: np.array([0, 0.1, -0.2, 0.1 * device], dtype=np.float32) for device in (1, 2, 3)}
TARGET = {0: np.array([9.0, 0, 0, 0], dtype=np.float32)}
ZERO = {0: np.zeros(SIZE, np.float32)}


def released(options, vectors, seed, rounds, rate=1.0):
    """Return the projection of what a run of `rounds` rounds releases; device 0 takes part with the rate given."""
    facts = FederationFacts(SIZE, devices=20, participants=20 * rate if rate < 1 else 4, rounds=rounds)
    guard = Protection(PrivacyOptions(**options), facts, seed=seed, arm="audit")
    chance, total = np.random.default_rng(seed), 0.0
    for number in range(1, rounds + 1):
        present = {d: v for d, v in vectors.items() if chance.random() < rate}
        terms = guard.terms(number, tuple(present))
        guard.charge(terms, tuple(present))
        steps, origin = steps_of(terms), np.zeros(SIZE, np.float32)
        parcels = {
            d: steps.send(Contribution(v, origin), DeviceStreams(seed, "audit", terms.round, d, terms.attempt))
            for d, v in present.items()
        }
        if options.get("secure_aggregation"):
            summed = sum((wrap(p.values) for p in parcels.values()), np.zeros(terms.length(SIZE), np.uint32))
            average = guard.average_of_sum(terms, summed, len(parcels), origin)
        else:
            average = guard.average(terms, {d: steps.receive(p) for d, p in parcels.items()}, origin)
        total += average.values[0]
    return total


def lower_bound(within, without):
    """Return ε that the attack has shown, with 95 % confidence; negative if it has shown nothing."""
    best = -math.inf
    for one, other in ((within, without), (-without, -within)):
        half = len(one) // 2
        choose = np.quantile(other[:half], np.linspace(0.5, 1, 40))
        hits = np.mean(one[:half, None] > choose, axis=0)
        alarms = (np.sum(other[:half, None] > choose, axis=0) + 2) / half
        threshold = choose[np.argmax(np.log(np.maximum(hits - DELTA, 1e-9) / alarms))]
        p, n = np.sum(one[half:] > threshold), len(one) - half
        f = np.sum(other[half:] > threshold)
        p_low = stats.beta.ppf(0.0125, p, n - p + 1) if p else 0.0
        f_high = stats.beta.ppf(1 - 0.0125, f + 1, n - f) if f < n else 1.0
        if p_low > DELTA:
            best = max(best, math.log((p_low - DELTA) / f_high))
    return best


CENTRAL = {"mechanism": "central", "clip": CLIP, "delta": DELTA}
DISTRIBUTED = {**CENTRAL, "mechanism": "distributed", "secure_aggregation": True}


def audit(options, noise, rounds=1, rate=1.0, neighbour=None):
    options = {**options, "noise_multiplier": noise}
    runs = [
        np.array([released(options, vectors, 2 * seed + side, rounds, rate) for seed in range(TRIALS)])
        for side, vectors in enumerate(({**TARGET, **OTHERS}, {**(neighbour or {}), **OTHERS}))
    ]
    return lower_bound(*runs)


@pytest.mark.parametrize(
    ("name", "options", "noise", "neighbour"),
    [("central", CENTRAL, 1.0, ZERO), ("distributed", DISTRIBUTED, 1.0, ZERO)],
)
def test_the_attack_stays_below_epsilon_and_shows_up_too_little_noise(name, options, noise, neighbour):
    """With all four devices the share of survivors is 3 of 4: distributed noise is √(4/3) of what is claimed."""
    claimed = epsilon(noise, Sampling("known"), 1, DELTA)
    shown = audit(options, noise, neighbour=neighbour)
    assert 0.3 * claimed < shown <= claimed
    assert audit(options, noise / 4, neighbour=neighbour) > claimed, "with a quarter of the noise it must not hold"


def test_several_rounds_with_chance_participation():
    """One device added or removed; the others lie across the axis; who took part is not told."""
    options = {**CENTRAL, "sampling": "poisson"}
    claimed = epsilon(1.0, Sampling("poisson", 0.5), 3, DELTA)
    shown = audit(options, 1.0, rounds=3, rate=0.5)
    assert 0.1 * claimed < shown <= claimed
    assert audit(options, 1.0 / 8, rounds=3, rate=0.5) > claimed


def test_the_bound_itself_on_gaussians_of_known_epsilon():
    rng = np.random.default_rng(0)
    shift = 3.0
    claimed = epsilon(1 / shift, Sampling("known"), 1, DELTA)
    same = lower_bound(rng.standard_normal(20_000), rng.standard_normal(20_000))
    shown = lower_bound(rng.normal(shift, 1, 200_000), rng.standard_normal(200_000))
    assert same < 0.2
    assert 0.6 * claimed < shown <= claimed


def sums_of_cohorts(devices, cohort, side, rounds=60, noise=4.0, trials=4000):
    """Return, for each of many trials, what rounds release where every device of a cohort sends its whole clip.

    A trial is a coordinate, with noise of its own: the clip and the noise of one are those of all, over √trials.
    """
    facts = FederationFacts(trials, devices=devices, participants=cohort, rounds=rounds)
    whole = {"clip": trials**0.5, "noise_multiplier": noise / trials**0.5}
    guard = Protection(PrivacyOptions(**{**CENTRAL, **whole}, sampling="fixed"), facts, side, "audit")
    chance, origin, total = np.random.default_rng(side), np.zeros(trials, np.float32), np.zeros(trials)
    for number in range(1, rounds + 1):
        present = sorted(chance.choice(devices, cohort, replace=False).tolist())
        terms = guard.terms(number, present)
        steps, sent = steps_of(terms), Contribution(np.ones(trials, np.float32), origin)
        received = {d: steps.receive(steps.send(sent, DeviceStreams(0, "audit", number, d))) for d in present}
        guard.charge(terms, present, received=received)
        total += guard.average(terms, received, origin).values.astype(np.float64) * cohort
    return total


@pytest.mark.parametrize(("cohorts", "broken"), [((2, 2), False), ((2, 1), True)])
def test_a_cohort_size_derived_from_how_many_devices_there_are_is_caught(cohorts, broken):
    """A tenth of 15 devices is two of them, a tenth of 14 is one: one device more, and every sum is longer."""
    claimed = epsilon(4.0, Sampling("fixed", 2 / 14), 60, DELTA)
    sides = enumerate(zip((15, 14), cohorts, strict=True))
    shown = lower_bound(*(sums_of_cohorts(devices, cohort, side) for side, (devices, cohort) in sides))
    assert (shown > claimed) is broken
    assert not broken or shown > 2
