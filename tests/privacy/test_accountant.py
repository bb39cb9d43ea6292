import logging
import math

import dp_accounting
import numpy as np
import pytest
from dp_accounting.rdp import RdpAccountant
from scipy import integrate, optimize, stats

from fedser.errors import ConfigError
from fedser.privacy.accountant import Sampling, Spent, epsilon, epsilon_of, noise_for, rounds_within


def by_fourier_transform(noise, rate, rounds, delta, half=60.0, points=2**19):
    """The reference: the loss's distribution by scipy's normal, its rounds-fold convolution, and bisection.

    The round is P = (1 − q) N(0, σ²) + q N(1, σ²) against Q = N(0, σ²) and the other way round. Losses are put on
    a grid by rounding to the nearest, so the error is of the order √rounds · step, to either side.
    """
    step = 2 * half / points
    losses = (np.arange(points) - points // 2) * step
    edges = np.append(losses, losses[-1] + step) - step / 2

    def outcome_of(loss):
        # loss = log(1 − q + q exp((2x − 1) / 2σ²)), solved for x; below log(1 − q) there is nothing
        inner = np.exp(loss) - (1 - rate)
        return np.where(inner > 0, noise**2 * np.log(np.maximum(inner, 1e-300) / rate) + 0.5, -np.inf)

    normal = stats.norm(scale=noise)
    shifted = stats.norm(loc=1.0, scale=noise)
    removed = outcome_of(edges)
    mass_removed = np.diff((1 - rate) * normal.cdf(removed) + rate * shifted.cdf(removed))
    # Q against P: the loss is the negative of the one above, its outcomes are drawn from Q
    mass_added = np.diff(normal.sf(outcome_of(-edges)))
    return max(_epsilon_of_mass(mass, losses, rounds, delta) for mass in (mass_removed, mass_added))


def _epsilon_of_mass(mass, losses, rounds, delta):
    composed = np.fft.irfft(np.fft.rfft(np.fft.ifftshift(mass)) ** rounds, n=mass.size)
    composed = np.maximum(np.fft.fftshift(composed), 0)

    def excess(eps):
        above = losses > eps
        return np.sum(composed[above] * -np.expm1(eps - losses[above])) - delta

    return optimize.brentq(excess, 0, losses[-1])


@pytest.mark.parametrize(
    ("noise", "rate", "rounds", "delta"),
    [(1.0, 0.1, 200, 1e-5), (0.8, 0.3, 20, 1e-4), (3.0, 0.5, 100, 1e-3), (2.0, 0.05, 500, 1e-6)],
)
def test_epsilon_equals_an_independent_convolution(noise, rate, rounds, delta):
    ours = epsilon(noise, Sampling("poisson", rate), rounds, delta)
    theirs = by_fourier_transform(noise, rate, rounds, delta)
    assert ours == pytest.approx(theirs, abs=3e-3)
    assert ours >= theirs - 1e-3  # pessimistic


def test_one_round_equals_quadrature_of_the_hockey_stick():
    """δ(ε) = ∫ max(0, p − e^ε q) over the outcome, with adaptive quadrature, no grid of losses."""
    noise, rate = 1.2, 0.25
    eps = epsilon(noise, Sampling("poisson", rate), 1, 1e-3)

    def p(x):
        return (1 - rate) * stats.norm.pdf(x, 0, noise) + rate * stats.norm.pdf(x, 1, noise)

    def q(x):
        return stats.norm.pdf(x, 0, noise)

    deltas = [
        integrate.quad(
            lambda x, a=a, b=b: max(0.0, a(x) - math.exp(eps) * b(x)), -20, 20, limit=500, epsabs=1e-12
        )[0]
        for a, b in ((p, q), (q, p))
    ]
    assert max(deltas) == pytest.approx(1e-3, rel=1e-3)


def test_the_known_figure_and_that_it_is_tighter_than_renyi(caplog):
    assert epsilon(1.0, Sampling("poisson", 0.1), 200, 1e-5) == pytest.approx(9.97, abs=5e-3)
    renyi = RdpAccountant()
    with caplog.at_level(logging.CRITICAL):
        event = dp_accounting.PoissonSampledDpEvent(0.1, dp_accounting.GaussianDpEvent(1.0))
        renyi.compose(event, 200)
        assert renyi.get_epsilon(1e-5) == pytest.approx(11.06, abs=5e-3)


def test_known_participants_compose_to_one_gaussian():
    """Balle and Wang 2018, equation 6, at ε: δ = Φ(1/2s − εs) − e^ε Φ(−1/2s − εs), s = σ/√T."""
    eps = epsilon(4.0, Sampling("known"), 9, 1e-4)
    s = 4.0 / 3.0
    delta = stats.norm.cdf(0.5 / s - eps * s) - math.exp(eps) * stats.norm.cdf(-0.5 / s - eps * s)
    assert delta == pytest.approx(1e-4, rel=1e-6)


def test_fixed_size_sampling_covers_the_exact_worst_case_of_a_small_federation():
    """Three devices, one drawn: D = {−1, −1}, D' = {−1, −1, +1}; the exact δ is at most the accountant's.

    And credit at the full multiplier, which is what Poisson sampling earns, would not be honest.
    """
    noise, rate, delta = 1.5, 1 / 3, 1e-2
    honest = epsilon(noise, Sampling("fixed", rate), 1, delta)
    too_small = epsilon(noise, Sampling("poisson", rate), 1, delta)
    x = np.linspace(-15, 15, 200_001)
    with_device = (1 - rate) * stats.norm.pdf(x, -1, noise) + rate * stats.norm.pdf(x, 1, noise)
    without = stats.norm.pdf(x, -1, noise)

    def exact_delta(eps):
        pairs = ((with_device, without), (without, with_device))
        return max(np.trapezoid(np.maximum(0, a - math.exp(eps) * b), x) for a, b in pairs)

    assert exact_delta(honest) == pytest.approx(delta, rel=1e-2)
    assert exact_delta(too_small) > 1.5 * delta


def test_degenerate_cases():
    assert epsilon(1.0, Sampling("known"), 0, 1e-5) == 0
    assert epsilon(0.0, Sampling("known"), 1, 1e-5) == math.inf
    assert epsilon(0.0, Sampling("poisson", 0.1), 1, 1e-5) == math.inf
    everybody = epsilon(2.0, Sampling("known"), 5, 1e-5)
    assert epsilon(2.0, Sampling("poisson", 1.0), 5, 1e-5) == everybody
    assert epsilon(4.0, Sampling("fixed", 1.0), 5, 1e-5) == everybody, "another one may take a device's place"


def test_more_rounds_less_noise_and_higher_rates_cost_more():
    base = epsilon(1.5, Sampling("poisson", 0.2), 20, 1e-5)
    assert epsilon(1.5, Sampling("poisson", 0.2), 21, 1e-5) > base
    assert epsilon(1.4, Sampling("poisson", 0.2), 20, 1e-5) > base
    assert epsilon(1.5, Sampling("poisson", 0.25), 20, 1e-5) > base
    assert epsilon(1.5, Sampling("fixed", 0.2), 20, 1e-5) > base
    assert epsilon(1.5, Sampling("known"), 20, 1e-5) > base


def test_rounds_of_different_noise_compose():
    sampling = Sampling("poisson", 0.2)
    parts = [Spent(1.5, sampling, 10), Spent(1.5, sampling, 5)]
    assert epsilon_of(parts, 1e-5) == pytest.approx(epsilon(1.5, sampling, 15, 1e-5), abs=1e-3)
    mixed = epsilon_of([Spent(1.5, sampling, 10), Spent(3.0, sampling, 5)], 1e-5)
    assert epsilon(3.0, sampling, 15, 1e-5) < mixed < epsilon(1.5, sampling, 15, 1e-5)


@pytest.mark.parametrize(
    ("target", "sampling", "rounds", "delta"),
    [
        (8.0, Sampling("poisson", 0.2), 30, 1e-4),
        (2.0, Sampling("fixed", 0.3), 10, 1e-3),
        (50.0, Sampling("known"), 3, 1e-3),
    ],
)
def test_the_noise_found_meets_the_target_and_is_not_wasteful(target, sampling, rounds, delta):
    noise = noise_for(target, sampling, rounds, delta)
    assert epsilon(noise, sampling, rounds, delta) <= target
    assert epsilon(0.998 * noise, sampling, rounds, delta) > target
    assert rounds_within(target, noise, sampling, delta) == rounds


def test_what_cannot_be_accounted_is_refused():
    with pytest.raises(ConfigError, match=r"\(0, 1\]"):
        Sampling("poisson", 1.5)
    with pytest.raises(ConfigError, match="at least one round"):
        noise_for(1.0, Sampling("known"), 0, 1e-5)
    with pytest.raises(ConfigError, match="no rate"):
        Sampling("known", 0.5)
