"""The noise of a view is that of the sum, the same wherever the update is looked at, and new for each device."""

import numpy as np
import torch
from scipy import stats

from fedser.privacy.attacks import Update
from simulations.privacy_studies.noisy_view import NoisyView

SIZE = 20_000


def update(device="0/3", round=2):
    return Update(np.zeros(SIZE, np.float32), np.ones(SIZE, np.float32), 0.1, 1, device, round, "a/1", "female")


def noise(view, **changes):
    (seen,) = view.of_updates([update(**changes)])
    return seen.after.astype(np.float64) - 1


def test_its_variance_is_as_claimed_and_its_shape_normal():
    std = 0.7 * 0.5
    drawn = noise(NoisyView(std, "target", "federated:exper"))
    statistic = float((drawn**2).sum() / std**2)
    assert 1e-3 < stats.chi2.cdf(statistic, SIZE) < 1 - 1e-3
    assert stats.kstest(drawn / std, "norm").pvalue > 1e-3


def test_both_attacks_see_the_same_update():
    view = NoisyView(0.5, "target", "federated:exper")
    (seen,) = view.of_updates([update()])
    assert np.array_equal(view(0, 2, 3, torch.ones(SIZE)).numpy(), seen.after)


def test_devices_rounds_seeds_and_federations_have_noise_of_their_own():
    view, other = NoisyView(0.5, "target", "arm"), NoisyView(0.5, "shadow", "arm")
    drawn = [noise(view), noise(view, round=3), noise(view, device="0/4"), noise(view, device="1/3"), noise(other)]
    correlations = np.corrcoef(np.stack(drawn)) - np.eye(5)
    assert np.abs(correlations).max() < 0.05


def test_without_noise_nothing_is_changed():
    view = NoisyView(0.0, "target", "arm")
    assert np.array_equal(noise(view), np.zeros(SIZE))
    assert torch.equal(view(0, 2, 3, torch.ones(4)), torch.ones(4))
