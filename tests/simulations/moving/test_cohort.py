"""Who takes part: the number asked for, the same in all arms; who is late."""

import numpy as np
import pytest
from scipy.stats import chisquare

from fedser.privacy import Sampling, epsilon
from simulations.moving.cohort import draw_cohort, is_late, seconds_on_device
from simulations.moving.participation import ParticipationSection


def options(**values):
    return ParticipationSection.read(values, "test")


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0.1, 1), (0.25, 3), (0.5, 5), (0.75, 8), (1.0, 10), (0.01, 1)]
)
def test_a_fixed_cohort_has_its_size(fraction, expected):
    for round in range(1, 20):
        cohort = draw_cohort(options(fraction=fraction), range(10), 0, round)
        assert len(cohort) == len(set(cohort)) == expected
        assert cohort == sorted(cohort)


def test_a_half_goes_up():
    assert [options(fraction=0.5).most(reachable) for reachable in (1, 3, 4, 5)] == [1, 2, 2, 3]
    assert options(fraction=0.2499).most(10) == 2
    assert options(fraction=0.2499, sampling="poisson").most(10) == 10


@pytest.mark.parametrize("sampling", ["fixed", "poisson"])
def test_all_devices_are_equally_likely(sampling):
    counts = np.zeros(20)
    for round in range(3000):
        counts[draw_cohort(options(fraction=0.3, sampling=sampling), range(20), 7, round)] += 1
    assert chisquare(counts).pvalue > 1e-4
    assert counts.sum() == pytest.approx(3000 * 6, rel=0.03)


def test_poisson_cohorts_vary_as_a_binomial_does():
    sizes = [len(draw_cohort(options(fraction=0.3, sampling="poisson"), range(20), 1, r)) for r in range(4000)]
    assert np.mean(sizes) == pytest.approx(6, abs=0.15)
    assert np.var(sizes) == pytest.approx(20 * 0.3 * 0.7, rel=0.12)


@pytest.mark.parametrize("sampling", ["fixed", "poisson"])
def test_only_reachable_devices_are_asked_and_perhaps_none(sampling):
    reachable = [1, 4, 5]
    for round in range(50):
        assert set(draw_cohort(options(fraction=0.5, sampling=sampling), reachable, 0, round)) <= set(reachable)
    assert draw_cohort(options(fraction=0.5, sampling=sampling), [], 0, 1) == []


def test_the_cohort_depends_on_seed_and_round_alone():
    one = [draw_cohort(options(fraction=0.4), range(30), 3, round) for round in range(1, 9)]
    two = [draw_cohort(options(fraction=0.4), range(30), 3, round) for round in range(8, 0, -1)][::-1]
    other = [draw_cohort(options(fraction=0.4), range(30), 4, round) for round in range(1, 9)]
    assert one == two != other
    assert len({tuple(cohort) for cohort in one}) > 1


def test_time_is_computation_and_transfer():
    steady = options(gflops=2.0, speed_spread=0.0, megabits_per_s=8.0, deadline_s=3.5)
    assert seconds_on_device(steady, 0, 3, 4e9, 1_000_000) == pytest.approx(2.0 + 1.0)
    assert not is_late(steady, 0, 3, 4e9, 1_000_000)
    assert is_late(steady, 0, 3, 5.1e9, 1_000_000)
    assert not is_late(options(), 0, 3, 1e30, 10**12)  # without a deadline nobody is


def test_speeds_are_log_normal_and_a_device_keeps_its_own():
    varied = options(gflops=1.0, speed_spread=0.5, megabits_per_s=1e9)
    times = np.array([seconds_on_device(varied, 0, device, 1e9, 0) for device in range(2000)])
    assert np.log(times).mean() == pytest.approx(0, abs=0.05)
    assert np.log(times).std() == pytest.approx(0.5, abs=0.04)
    assert seconds_on_device(varied, 0, 5, 2e9, 0) == pytest.approx(2 * times[5])


def _told_by_sums(sizes, others, noise, delta):
    """What the sums of two neighbours tell where all updates are one clip along one axis: ε of the exact attack.

    Round by round they differ by the difference of the cohorts' sizes, in clips, and by nothing else.
    """
    squares = sum((a - b) ** 2 for a, b in zip(sizes, others, strict=True))
    return epsilon(noise / squares**0.5, Sampling("known"), 1, delta) if squares else 0.0


def test_neighbours_whose_cohorts_differ_in_size_are_told_apart_by_every_sum():
    """15 devices against 14, a tenth of them, rounded, in 60 rounds: 5.73 where 1.09 and 0.47 would be claimed."""

    def sizes(count, **values):
        return [len(draw_cohort(options(**values), range(count), 0, round)) for round in range(1, 61)]

    shown = _told_by_sums(sizes(15, fraction=0.1), sizes(14, fraction=0.1), 4.0, 0.01)
    claimed = [epsilon(4.0, Sampling("fixed", rate), 60, 0.01) for rate in (2 / 15, 1 / 14)]
    assert [round(value, 2) for value in (shown, *claimed)] == [5.73, 1.09, 0.47]
    assert _told_by_sums(sizes(15, cohort=2), sizes(14, cohort=2), 4.0, 0.01) == 0


def test_a_constant_cohort_is_no_share_of_those_who_can_be_reached():
    chosen = options(cohort=4)
    assert [len(draw_cohort(chosen, range(count), 0, 1)) for count in (3, 4, 5, 500)] == [3, 4, 4, 4]


@pytest.mark.parametrize("values", [{"cohort": 3}, {"sampling": "poisson", "fraction": 0.5}])
def test_a_secret_cohort_cannot_be_recomputed(values):
    """With the configuration in hand, who takes part in 20 rounds of 12 devices cannot be foretold."""

    def cohorts(secret):
        return [draw_cohort(options(**values), range(12), 0, round, secret) for round in range(20)]

    assert cohorts(False) == cohorts(False)
    assert sum(a == b for a, b in zip(cohorts(True), cohorts(True), strict=True)) < 10
    assert all(cohort == sorted(set(cohort)) for cohort in cohorts(True))
