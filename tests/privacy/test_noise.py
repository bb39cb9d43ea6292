import numpy as np
import pytest
from scipy import stats

from fedser.privacy.noise import add_gaussian, from_operating_system, seeded, share_std


def variance_is(sample, variance):
    """Chi-square test of a normal sample's variance around a known mean of 0, two-sided; p."""
    statistic = np.sum(sample**2) / variance
    below = stats.chi2.cdf(statistic, sample.size)
    return 2 * min(below, 1 - below)


def test_the_sums_noise_has_the_variance_claimed():
    noise = add_gaussian(np.zeros(20_000), 1.5 * 0.7, seeded(1, "n", "arm", 1))
    assert variance_is(noise, (1.5 * 0.7) ** 2) > 1e-3
    assert variance_is(noise, (1.5 * 0.7) ** 2 * 1.1) < 1e-6, "the test could not fail"
    assert stats.kstest(noise / 1.05, "norm").pvalue > 1e-3


@pytest.mark.parametrize("present", [7, 10])
def test_shares_of_survivors_add_up_to_at_least_the_noise_claimed(present):
    noise_multiplier, clip, survivors = 1.1, 0.5, 7
    std = share_std(noise_multiplier, clip, survivors)
    total = sum(std * seeded(0, "n", "arm", 3, "device", device)(20_000) for device in range(present))
    claimed = (noise_multiplier * clip) ** 2
    assert variance_is(total, claimed * present / survivors) > 1e-3
    assert claimed * present / survivors >= claimed


def test_noise_is_repeatable_and_named():
    """Another seed, nonce, arm, round, place or attempt is other noise."""
    name = (0, "nonce", "federated-gem", 2, "server", 1)
    first = seeded(*name)(1000)
    assert np.array_equal(first, seeded(*name)(1000))
    for place, other in enumerate((1, "another", "local-gem", 3, "device", 2)):
        changed = (*name[:place], other, *name[place + 1 :])
        assert abs(np.corrcoef(first, seeded(*changed)(1000))[0, 1]) < 0.15, changed


def test_the_operating_systems_noise_is_normal_and_never_the_same():
    sample = from_operating_system(40_001)
    assert sample.shape == (40_001,)
    # A fixed level on unseeded bytes: one run in a hundred million fails by chance.
    assert stats.kstest(sample, "norm").pvalue > 1e-8
    assert not np.array_equal(sample, from_operating_system(40_001))
    halves = sample[:20_000], sample[20_001:]
    assert abs(np.corrcoef(*halves)[0, 1]) < 0.05, "both values of a pair must be independent"
