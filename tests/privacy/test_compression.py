import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fedser.errors import UserError
from fedser.privacy.compression import BLOCK, Encoded, decode, eight_bit, plain, top_k

vectors = arrays(np.float32, st.integers(1, 80), elements=st.floats(-(2.0**20), 2.0**20, width=32))


def same(one, other):
    return one.kind == other.kind and all(np.array_equal(one.arrays[k], other.arrays[k]) for k in one.arrays)


@given(vector=vectors)
def test_uncompressed_is_exact(vector):
    assert np.array_equal(decode(plain(vector)), vector)
    assert plain(vector).bytes == 4 * vector.size


@given(vector=vectors, share=st.floats(0.01, 1))
def test_top_k_keeps_the_largest_exactly_and_nothing_else(vector, share):
    sent = top_k(vector, share)
    kept = math.ceil(share * vector.size)
    back = decode(sent)
    assert sent.bytes == 8 * kept
    magnitudes = np.sort(np.abs(vector))[::-1]
    assert np.array_equal(np.sort(np.abs(sent.arrays["values"]))[::-1], magnitudes[:kept])
    assert np.array_equal(back[sent.arrays["indices"]], vector[sent.arrays["indices"]])
    assert np.count_nonzero(back) <= kept
    assert same(top_k(back, share), sent) or np.count_nonzero(back) < kept
    assert np.linalg.norm(back.astype(float)) <= np.linalg.norm(vector.astype(float)) * (1 + 1e-12)


def test_of_equals_top_k_keeps_the_first():
    assert top_k(np.ones(10, dtype=np.float32), 0.25).arrays["indices"].tolist() == [0, 1, 2]


@given(vector=vectors)
def test_eight_bits_err_by_half_a_step_and_come_back_unchanged(vector):
    sent = eight_bit(vector)
    back, scale = decode(sent), float(sent.arrays["scales"][0])
    assert np.all(np.abs(back.astype(float) - vector) <= 0.5 * scale * (1 + 1e-6) + 1e-40)
    assert sent.bytes == vector.size + 4
    assert np.array_equal(back == 0, sent.arrays["codes"] == 0) or scale < 1e-38
    assert np.array_equal(decode(eight_bit(-vector)), -back)


def test_what_lies_on_the_grid_is_sent_exactly():
    codes = np.random.default_rng(0).integers(-127, 128, 3 * BLOCK).astype(np.int8)
    codes[::BLOCK] = 127
    vector = codes.astype(np.float32) * np.float32(2**-10)
    assert np.array_equal(eight_bit(vector).arrays["codes"], codes)
    assert np.array_equal(decode(eight_bit(vector)), vector)
    stochastic = eight_bit(vector, np.random.default_rng(1))
    assert np.array_equal(decode(stochastic), vector), "nothing to round, so nothing to draw"


def test_stochastic_rounding_is_without_bias():
    vector = np.concatenate([[1.0], np.full(999, 0.3)]).astype(np.float32)  # 0.3 · 127 = 38.1
    rng = np.random.default_rng(0)
    mean = np.mean([decode(eight_bit(vector, rng))[1:].mean() for _ in range(100)])
    step = 1 / 127
    error = step * math.sqrt(0.1 * 0.9 / 99_900)
    assert abs(mean - 0.3) < 4 * error + 1e-7
    assert abs(decode(eight_bit(vector))[1] - 0.3) > 20 * error, "rounding to the nearest is biased here"


def test_blocks_have_scales_of_their_own():
    vector = np.concatenate([np.full(BLOCK, 1e-6), np.full(10, 1e3)]).astype(np.float32)
    np.testing.assert_allclose(decode(eight_bit(vector)), vector, rtol=1e-6)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1])
def test_sizes_at_the_edges(size):
    vector = np.linspace(-1, 1, size).astype(np.float32)
    for sent in (plain(vector), top_k(vector, 1.0), eight_bit(vector)):
        np.testing.assert_allclose(decode(sent), vector, atol=0.004)


@pytest.mark.parametrize(
    "bad",
    [
        Encoded("none", 3, {"values": np.zeros(2, np.float32)}),
        Encoded("none", 2, {"values": np.zeros(2, np.float64)}),
        Encoded("top-k", 3, {"indices": np.array([1, 3], np.uint32), "values": np.zeros(2, np.float32)}),
        Encoded("top-k", 3, {"indices": np.array([1, 1], np.uint32), "values": np.zeros(2, np.float32)}),
        Encoded("top-k", 3, {"indices": np.array([1], np.uint32), "values": np.zeros(2, np.float32)}),
        Encoded("8-bit", 3, {"codes": np.zeros(3, np.int8), "scales": np.zeros(2, np.float32)}),
        Encoded("8-bit", 3, {"codes": np.zeros(3, np.int8)}),
    ],
)
def test_arrays_that_do_not_fit_are_refused(bad):
    with pytest.raises(UserError, match="do not fit"):
        decode(bad)
