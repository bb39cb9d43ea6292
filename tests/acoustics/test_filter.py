"""Overlap-add against plain convolution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.acoustics.filter import Filter


@settings(max_examples=60)
@given(size=st.integers(1, 30000), taps=st.integers(1, 5000), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_it_is_the_convolution_without_its_delay(size, taps, share, seed):
    rng = np.random.default_rng(seed)
    sound, response = rng.standard_normal(size).astype(np.float32), rng.standard_normal(taps)
    delay = int(share * (taps - 1))
    plain = np.convolve(sound.astype(np.float64), response)[delay : delay + size]

    found = Filter(response, delay).apply(sound)

    assert found.dtype == np.float64
    assert found == pytest.approx(plain, abs=1e-9 * taps)


def test_two_in_a_row_are_one():
    rng = np.random.default_rng(0)
    sound, first, second = rng.standard_normal(900), rng.standard_normal(70), rng.standard_normal(31)
    both = np.convolve(np.convolve(sound, first), second)[5 + 15 : 5 + 15 + 900]
    assert Filter(first, 5).then(Filter(second, 15)).apply(sound) == pytest.approx(both, abs=1e-9)
    assert Filter(first, 5).then(Filter(np.full(1, 2.0), 0)).taps == pytest.approx(2 * first)


@pytest.mark.parametrize("size", [50, 64, 1000])
def test_a_loop_stays_a_loop(size):
    rng = np.random.default_rng(1)
    loop, taps = rng.standard_normal(size), rng.standard_normal(31)
    turned = sum(weight * np.roll(loop, k - 15) for k, weight in enumerate(taps))
    assert Filter(taps, 15).wrap(loop) == pytest.approx(turned, abs=1e-9)
    # The same as from the middle of many turns.
    assert np.convolve(np.tile(loop, 5), taps)[15 + 2 * size :][:size] == pytest.approx(turned, abs=1e-9)
