import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import ConfigError
from fedser.privacy.adaptive_clipping import AdaptiveClipping, count_scale, inside_share, next_clip, update_noise


@given(noise=st.floats(0.1, 10), count=st.floats(0.1, 100))
def test_updates_and_count_together_cost_what_was_charged(noise, count):
    """The joint query has sensitivity 1 in units of each noise: 1/z² + (½/σ_b)² = 1/σ²."""
    if 2 * count <= noise * 1.001:
        return
    updates = update_noise(noise, count)
    assert updates**-2 + (0.5 / count) ** 2 == pytest.approx(noise**-2)
    assert updates >= noise


@given(noise=st.floats(0.2, 5), clip=st.floats(0.01, 10), count=st.floats(3, 50))
def test_one_coordinate_carries_the_count_at_the_updates_noise(noise, clip, count):
    """(C² + (s/2)²) / (zC)² = 1/σ²: the longer vector under one noise level is charged correctly too."""
    updates = update_noise(noise, count)
    scale = count_scale(updates, clip, count)
    longest = math.hypot(clip, scale / 2)
    assert updates * clip / longest == pytest.approx(noise)
    assert updates * clip / scale == pytest.approx(count)


def test_the_share_is_recovered_from_the_coordinate():
    bits = np.array([1, 1, 0, 1])
    coordinate = np.sum((bits - 0.5) * 7.0)
    assert inside_share(coordinate, 7.0, 4) == pytest.approx(0.75)


def test_the_clip_finds_the_quantile_without_noise():
    norms = np.random.default_rng(0).lognormal(0.0, 0.7, 2000)
    options, clip = AdaptiveClipping(quantile=0.8), 0.05
    for _ in range(200):
        clip = next_clip(clip, float(np.mean(norms <= clip)), options)
    assert clip == pytest.approx(np.quantile(norms, 0.8), rel=0.02)


def test_a_count_that_spends_everything_is_refused():
    with pytest.raises(ConfigError, match="must exceed half the noise_multiplier, 2"):
        update_noise(4.0, 2.0)


def test_default_noise_on_the_count():
    assert AdaptiveClipping().noise_on_count(1.0, 100) == 5.0
    assert AdaptiveClipping().noise_on_count(1.0, 10) == 1.0
    assert AdaptiveClipping(count_noise=3.0).noise_on_count(1.0, 10) == 3.0
