"""With the extra installed these run on openSMILE itself; without it, on a stand-in with its interface."""

import importlib.util
import pickle
import sys
import warnings
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fedser.errors import FeatureError
from fedser.features import acoustic_encoder


class StandIn:
    """As `opensmile.Smile` behaves: a table of one row, NaN and a warning for a segment too short."""

    def __init__(self, feature_set, feature_level):
        assert (feature_set, feature_level) == ("eGeMAPSv02", "Functionals")

    def process_signal(self, signal, sampling_rate):
        assert sampling_rate == 16000
        if len(signal) < 1000:
            warnings.warn("Segment too short, filling with NaN.", UserWarning, stacklevel=2)
            return pd.DataFrame(np.full((1, 88), np.nan, dtype=np.float32))
        return pd.DataFrame(np.float32(np.outer([np.abs(signal).mean()], np.arange(1, 89))))


@pytest.fixture
def opensmile(monkeypatch):
    if importlib.util.find_spec("opensmile") is None:
        module = ModuleType("opensmile")
        module.__version__ = "0"
        module.Smile = StandIn
        module.FeatureSet = SimpleNamespace(eGeMAPSv02="eGeMAPSv02")
        module.FeatureLevel = SimpleNamespace(Functionals="Functionals")
        monkeypatch.setitem(sys.modules, "opensmile", module)
    import opensmile

    return opensmile


def test_the_88_functionals(opensmile, waveforms):
    encoder = acoustic_encoder("egemaps")
    vectors = encoder.encode(waveforms)
    assert (encoder.dimension, vectors.shape, vectors.dtype) == (88, (4, 88), np.float32)
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.Functionals
    )
    for vector, waveform in zip(vectors, waveforms, strict=True):
        np.testing.assert_array_equal(vector, smile.process_signal(waveform, 16000).to_numpy()[0])
    assert encoder.standardise
    assert encoder.settings["opensmile"] == opensmile.__version__
    assert encoder.encode([]).shape == (0, 88)


def test_a_stump_has_no_features(opensmile, waveforms):
    stump, whole = acoustic_encoder("egemaps").encode([waveforms[0][:10], waveforms[0]])
    assert np.isnan(stump).any()
    assert np.isfinite(whole).all()


def test_it_travels_to_a_worker(opensmile, waveforms):
    encoder = acoustic_encoder("egemaps")
    vectors = encoder.encode(waveforms)
    assert pickle.loads(pickle.dumps(encoder)).encode(waveforms).tobytes() == vectors.tobytes()


def test_without_the_extra_one_line_says_how_and_on_what_terms(monkeypatch):
    monkeypatch.setitem(sys.modules, "opensmile", None)
    message = r"^egemaps: [^\n]*pip install fedser\[egemaps\][^\n]*non-commercial use only[^\n]*$"
    with pytest.raises(FeatureError, match=message):
        acoustic_encoder("egemaps")
