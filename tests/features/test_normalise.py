import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.features import Standardiser


def test_scores_worked_out_by_hand():
    scaler = Standardiser.fit([[1.0, 10.0], [3.0, 30.0]])
    assert scaler.mean.tolist() == [2.0, 20.0]
    assert scaler.std.tolist() == [1.0, 10.0]
    assert scaler.apply([[3.0, 5.0], [100.0, -1e6]]).tolist() == [[1.0, -1.5], [4.0, -4.0]]
    assert scaler.apply(np.zeros((0, 2))).shape == (0, 2)


def test_fitted_rows_have_mean_0_and_deviation_1_in_float64():
    x = (np.random.default_rng(0).normal(size=(500, 3)) * [1e-3, 1, 1e3] + [1e4, 0, -5]).astype(np.float32)
    z = Standardiser.fit(x, clip=None).apply(x)
    assert z.dtype == np.float32
    np.testing.assert_allclose(z.mean(axis=0, dtype=np.float64), 0, atol=1e-6)
    np.testing.assert_allclose(z.std(axis=0, dtype=np.float64), 1, atol=1e-6)


@pytest.mark.parametrize("constant", [0.1, -23.025852, 1e7])
def test_a_constant_feature_is_only_shifted(constant):
    x = np.full((1000, 1), constant, dtype=np.float32)
    scaler = Standardiser.fit(x)
    assert scaler.std.tolist() == [1.0]
    np.testing.assert_allclose(scaler.apply(x), 0, atol=1e-6)


@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=20))
def test_identity_changes_no_bit(values):
    x = np.array([values], dtype=np.float32)
    assert Standardiser.identity(len(values)).apply(x).tobytes() == x.tobytes()


def test_it_travels_as_json_without_loss():
    x = np.random.default_rng(1).normal(size=(9, 4))
    for scaler in (Standardiser.fit(x), Standardiser.fit(x, clip=None), Standardiser.identity(4)):
        again = Standardiser.from_dict(json.loads(json.dumps(scaler.to_dict())))
        assert again.apply(x * 7).tobytes() == scaler.apply(x * 7).tobytes()


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.zeros(3), [[np.nan, 1.0]], [[np.inf, 1.0]]])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_nothing_to_fit_on_is_refused(vectors):
    with pytest.raises(ValueError, match=r"fitted on|finite"):
        Standardiser.fit(vectors)


@pytest.mark.parametrize(
    ("mean", "std", "clip"), [([0.0], [0.0], 4.0), ([0.0], [1.0, 1.0], 4.0), ([0.0], [1.0], 0.0)]
)
def test_nonsense_is_refused(mean, std, clip):
    with pytest.raises(ValueError, match=r"std|clip"):
        Standardiser(np.array(mean), np.array(std), clip)
