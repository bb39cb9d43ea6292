import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from fedser.errors import SecureAggregationError
from fedser.privacy.clipping import clip
from fedser.privacy.fixed_point import Grid, noise_on_grid, to_grid, unwrap, wrap
from fedser.privacy.noise import seeded


@given(
    table=arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 20)), elements=st.floats(-1, 1)),
    bound=st.floats(1e-3, 1e3),
)
def test_a_sum_on_the_grid_equals_the_plain_sum_to_a_step_a_device(table, bound):
    table = table * bound
    grid = Grid.for_sum(bound, len(table))
    total = np.zeros(table.shape[1], dtype=np.uint32)
    for row in table:
        total += wrap(to_grid(row, grid))
    assert np.all(np.abs(unwrap(total, grid) - table.sum(axis=0)) <= len(table) * grid.step * (1 + 1e-9))
    assert grid.step <= 2 * bound * len(table) / 2**30


@given(vector=arrays(np.float64, 30, elements=st.floats(-3, 3)), bound=st.floats(0.01, 2))
def test_rounding_never_lengthens_an_update(vector, bound):
    clipped, _ = clip(vector, bound)
    grid = Grid.for_sum(bound, 10)
    assert np.linalg.norm(to_grid(clipped, grid) * grid.step) <= bound * (1 + 1e-12)


def test_the_extreme_sum_does_not_wrap_around():
    grid = Grid.for_sum(1.0, 1000, noise_std=0.5)
    total = np.zeros(2, dtype=np.uint32)
    ends = to_grid(np.array([1.0, -1.0]), grid)
    for _ in range(1000):
        total += wrap(ends)
    most = int(12 * np.sqrt(1000) * 0.5 / grid.step)
    total += wrap(np.array([most, -most]))
    np.testing.assert_allclose(unwrap(total, grid), [1000 + most * grid.step, -1000 - most * grid.step], rtol=1e-6)


def test_a_value_outside_the_grid_is_refused():
    with pytest.raises(SecureAggregationError, match="raise secure_range"):
        to_grid(np.array([0.0, 1.01]), Grid.for_sum(1.0, 5))
    with pytest.raises(SecureAggregationError):
        to_grid(np.array([np.nan]), Grid.for_sum(1.0, 5))


def test_whole_noise_has_the_variance_claimed():
    grid = Grid.for_sum(1.0, 8, noise_std=0.3)
    noise = noise_on_grid(30_000, 0.3, grid, seeded(0, "n", "arm", 1)) * grid.step
    below = stats.chi2.cdf(np.sum(noise**2) / 0.3**2, noise.size)
    assert 5e-4 < below < 1 - 5e-4


def test_noise_of_a_few_steps_is_refused():
    with pytest.raises(SecureAggregationError, match="expected at least 10"):
        noise_on_grid(5, 9.9 * 2**-4, Grid(2**-4, 100), seeded(0, "n", "arm", 1))


def test_rounding_errors_of_shares_depend_on_the_fraction_of_their_sum_alone():
    """What the guarantee of whole noise rests on: given frac(Σg), the rounding error of Σ tells nothing of Σg.

    At 10 steps the density of R = Σ round(g) − Σ g is the same for any whole part of Σ g.
    """
    rng = np.random.default_rng(0)
    shares = 10.0 * rng.standard_normal((400_000, 2))
    total, rounding = shares.sum(axis=1), (np.rint(shares) - shares).sum(axis=1)
    fraction = total - np.floor(total)
    chosen = (fraction > 0.3) & (fraction < 0.4)
    near, far = rounding[chosen & (np.abs(total) < 5)], rounding[chosen & (np.abs(total) > 15)]
    assert stats.ks_2samp(near, far).pvalue > 1e-3
    coarse = 0.4 * rng.standard_normal((400_000, 2))  # and below the limit it does
    total, rounding = coarse.sum(axis=1), (np.rint(coarse) - coarse).sum(axis=1)
    fraction = total - np.floor(total)
    chosen = (fraction > 0.3) & (fraction < 0.4)
    near, far = rounding[chosen & (np.abs(total) < 0.5)], rounding[chosen & (np.abs(total) > 1)]
    assert stats.ks_2samp(near, far).pvalue < 1e-6
