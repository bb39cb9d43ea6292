"""Units: what one ledger means for a device and for an owner, against hockey-stick divergences in float64."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from fedser.privacy import Charge, Ledger, Owners, PrivacyOptions, Terms, epsilon_of, epsilon_together, spent_of
from fedser.privacy.accountant import Sampling, Spent
from fedser.privacy.protection import FederationFacts, Protection
from fedser.privacy.units import any_of

DELTA = 1e-3


@dataclass(frozen=True)
class Sum:
    noise_multiplier: float
    rate: float
    devices: tuple[int, ...]


def delta_of(epsilon, shifts, weights, std):
    """The larger divergence at ε between Σ w N(shift, std²) and N(0, std²), of both directions, by integration."""
    x = np.linspace(-14 * std, 14 * std + max(shifts), 400_001)
    p = sum(w * stats.norm.pdf(x, shift, std) for shift, w in zip(shifts, weights, strict=True))
    q = stats.norm.pdf(x, 0, std)
    step = x[1] - x[0]
    return max(np.maximum(a - np.exp(epsilon) * b, 0).sum() * step for a, b in ((p, q), (q, p)))


def binomial(count, q):
    return [stats.binom.pmf(k, count, q) for k in range(count + 1)]


@pytest.mark.parametrize(("m", "q", "noise"), [(2, 0.1, 1.0), (3, 0.2, 0.8), (4, 0.05, 0.6)])
def test_an_owner_of_a_bounded_run_is_covered_by_what_is_charged(m, q, noise):
    """Exactly: k of m devices come with binomial probability and move the sum by k/m of the bound."""
    owners = Owners((0,) * m, m)
    charge = Sum(noise, any_of(q, m), ())
    (spent,) = spent_of([charge], "poisson", "owner", owners, "owner")
    epsilon = epsilon_of([spent], DELTA)
    assert delta_of(epsilon, [k / m for k in range(m + 1)], binomial(m, q), noise) <= DELTA
    # All together or none, as where an owner's devices go on at once, is the worst case, and it is reached.
    assert delta_of(epsilon, [0, 1], [1 - any_of(q, m), any_of(q, m)], noise) <= DELTA
    assert delta_of(epsilon * 0.95, [0, 1], [1 - any_of(q, m), any_of(q, m)], noise) > DELTA


@pytest.mark.parametrize(("m", "q", "noise"), [(2, 0.1, 2.0), (3, 0.2, 3.0)])
def test_an_owner_of_a_run_by_device_costs_more_and_is_covered(m, q, noise):
    owners = Owners((0,) * m)
    charge = Sum(noise, q, ())
    (by_owner,) = spent_of([charge], "poisson", "device", owners, "owner")
    (by_device,) = spent_of([charge], "poisson", "device", owners, "device")
    epsilon, naive = epsilon_of([by_owner], DELTA), epsilon_of([by_device], DELTA)
    assert delta_of(epsilon, list(range(m + 1)), binomial(m, q), noise) <= DELTA
    assert delta_of(naive, list(range(m + 1)), binomial(m, q), noise) > DELTA  # a device's ε is none for its owner


def test_a_device_of_a_run_bounded_by_owner_moves_a_share_of_the_bound():
    owners = Owners((0, 0, 1), 2)
    (spent,) = spent_of([Sum(1.5, any_of(0.1, 2), ())], "poisson", "owner", owners, "device")
    assert spent.noise_multiplier == 3.0
    assert spent.sampling.rate == pytest.approx(0.1, abs=1e-12)


def test_known_participants_pay_for_the_devices_that_were_there():
    """Owner 0 has devices 0 and 1: together in the first sum, one alone in the second, none in the third."""
    sums = [Sum(4.0, 1.0, (0, 1, 2)), Sum(4.0, 1.0, (1, 2)), Sum(4.0, 1.0, (2,))]
    owners = Owners((0, 0, 1), 2)
    expected = {
        ("device", "device"): 3 / 16,  # device 2, in every sum
        ("device", "owner"): 4 / 16 + 1 / 16,  # two clips, then one
        ("owner", "owner"): 1 / 16 + 1 / 64,  # the whole bound, then half of it
        ("owner", "device"): 3 / 64,
    }
    for (bounded, unit), inverse in expected.items():
        spent = spent_of(sums, "known", bounded, owners, unit)
        assert sum(s.rounds / s.noise_multiplier**2 for s in spent) == pytest.approx(inverse, rel=1e-12)


def test_one_device_an_owner_makes_both_units_the_same():
    sums = [Sum(2.0, 0.2, (0, 2)), Sum(3.0, 0.2, (1,))]
    for scheme in ("poisson", "fixed"):
        found = [spent_of(sums, scheme, "device", Owners((0, 1, 2)), unit) for unit in ("device", "owner")]
        assert found[0] == found[1]


def test_arms_and_seeds_published_together_compose():
    part = (Spent(2.0, Sampling("known", 1.0), 3),)
    assert epsilon_together([part, part], DELTA) == epsilon_of([Spent(2.0, Sampling("known", 1.0), 6)], DELTA)
    assert epsilon_together([(), ()], DELTA) == 0.0


def test_a_ledger_of_owners_composes_by_owner(tmp_path):
    charges = [Charge(1, 1, 2.0, 1.0, (0,)), Charge(2, 1, 2.0, 1.0, (1,)), Charge(3, 1, 2.0, 1.0, (2,))]
    by_device = Ledger(Terms("known", DELTA))
    by_owner = Ledger(Terms("known", DELTA), unit="owner", owners=Owners((0, 0, 1)))
    for charge in charges:
        by_device.charge(charge)
        by_owner.charge(charge)
    assert by_device.epsilon() == epsilon_of([Spent(2.0, Sampling("known", 1.0), 1)], DELTA)
    assert by_owner.epsilon() == epsilon_of([Spent(2.0, Sampling("known", 1.0), 2)], DELTA)


@pytest.mark.parametrize("mechanism", ["central", "distributed"])
def test_a_run_bounded_by_owner_clips_devices_and_keeps_the_noise(mechanism):
    """All m devices of an owner move the sum by the clip at most, and the noise is that of the clip."""
    made = {}
    for m in (1, 4):
        unit = {"unit": "owner", "devices_per_owner": m}
        options = PrivacyOptions(
            mechanism=mechanism,
            secure_aggregation=mechanism == "distributed",
            clip=2.0,
            noise_multiplier=1.5,
            delta=DELTA,
            **unit,
        )
        owners = Owners(tuple(d // m for d in range(8)), m)
        guard = Protection(options, FederationFacts(10, 8, 8, 3, owners=owners), 0, "arm")
        terms = guard.terms(1, range(8))
        assert terms.clip * m == 2.0
        made[m] = terms.noise_std if mechanism == "distributed" else guard.noise.updates * terms.clip
    assert made[1] == pytest.approx(made[4], rel=1e-12)
    assert made[1] > 0
