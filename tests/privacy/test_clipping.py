import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fedser.errors import NonFiniteGradientError
from fedser.privacy.clipping import clip, norm

values = st.floats(-(2.0**99), 2.0**99, width=32)
vectors = arrays(np.float32, st.integers(1, 60), elements=values)


@given(vector=vectors, bound=st.floats(1e-12, 1e12))
def test_no_vector_is_longer_than_the_bound_after_rounding_to_float32(vector, bound):
    clipped, factor = clip(vector, bound)
    assert clipped.dtype == np.float32
    assert np.sqrt(np.sum(clipped.astype(np.float64) ** 2)) <= bound * (1 + 1e-15)
    assert norm(clipped) <= bound
    assert 0 < factor <= 1


@given(vector=arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6)), bound=st.floats(1e-3, 1e3))
def test_clipping_is_scaling_to_the_bound(vector, bound):
    length = np.sqrt(np.sum(np.longdouble(vector) ** 2))
    reference = vector * float(min(1, bound / length)) if length > 0 else vector
    clipped, factor = clip(vector, bound)
    np.testing.assert_allclose(clipped, reference, rtol=1e-12, atol=0)
    np.testing.assert_allclose(vector * factor, clipped, rtol=1e-12, atol=0)


def test_a_vector_within_the_bound_is_left_alone_and_copied():
    vector = np.array([0.6, 0.8], dtype=np.float32)
    clipped, factor = clip(vector, 2.0)
    assert factor == 1.0
    assert np.array_equal(clipped, vector)
    assert clipped is not vector


def test_the_bound_is_used_up_to_float32():
    clipped, _ = clip(np.random.default_rng(0).standard_normal(100_000).astype(np.float32), 1.0)
    assert 1 - 1e-6 < norm(clipped) <= 1.0


def test_the_norm_does_not_overflow():
    assert norm(np.array([3e300, 4e300])) == pytest.approx(5e300)
    assert norm(np.array([3e-300, 4e-300])) == pytest.approx(5e-300)
    assert norm(np.zeros(0)) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_diverged_update_is_refused(bad):
    with pytest.raises(NonFiniteGradientError, match="NaN or infinity"):
        clip(np.array([1.0, bad]), 1.0)
