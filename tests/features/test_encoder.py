"""Encoders that others write."""

import importlib
import json
import pickle
import sys

import numpy as np
import pytest

from fedser.errors import FeatureError
from fedser.features import FeatureStore
from fedser.features.encoder import AcousticEncoder
from fedser.features.logmel import LogMel

LOUDNESS = """
from functools import cached_property

import numpy as np

from fedser.features import AcousticEncoder
from fedser.features.logmel import LogMel


class Loudness(AcousticEncoder):
    name = "loudness"
    dimension = 1
    standardise = True

    floor_db: float = -80.0

    @cached_property
    def scale(self):
        return 10.0

    def encode(self, waveforms):
        powers = [np.mean(np.square(waveform)) for waveform in waveforms]
        levels = np.maximum(self.scale * np.log10(np.maximum(powers, 1e-12)), self.floor_db)
        return levels.astype(np.float32).reshape(-1, 1)


class Counted(Loudness):
    name = "counted"
    revision = 3

    def described(self):
        return {"floor_db": self.floor_db}


class Louder(LogMel):
    name = "louder"
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Return a function that writes the module anew, and imports it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(text):
        (tmp_path / "loudness_encoder.py").write_text(text, encoding="utf-8")
        sys.modules.pop("loudness_encoder", None)
        importlib.invalidate_caches()
        return importlib.import_module("loudness_encoder")

    yield write
    sys.modules.pop("loudness_encoder", None)


def test_its_options_are_its_fields_and_stand_in_the_key(written):
    loudness = written(LOUDNESS).Loudness
    tenth = np.full(1600, 0.1, dtype=np.float32)
    np.testing.assert_allclose(loudness().encode([tenth, 0 * tenth]), [[-20], [-80]], rtol=1e-6)
    assert loudness().settings["floor_db"] == -80
    assert loudness(floor_db=-60.0).settings == loudness().settings | {"floor_db": -60.0}
    assert json.loads(json.dumps(loudness().settings)) == loudness().settings


def test_vectors_of_other_code_are_not_taken_for_its_own(written, tmp_path):
    before = written(LOUDNESS)
    keys = [each().settings for each in (before.Loudness, before.Louder, before.Counted)]
    again = written(LOUDNESS)
    assert [each().settings for each in (again.Loudness, again.Louder, again.Counted)] == keys
    after = written(LOUDNESS.replace("10.0", "20.0"))
    assert after.Loudness().settings != keys[0]
    assert after.Louder().settings != keys[1], "LogMel's revision says nothing of what a subclass does"
    assert after.Counted().settings == keys[2] == {"revision": 3, "floor_db": -80.0}
    store = FeatureStore(tmp_path / "store")
    for loudness in (before.Loudness(), after.Loudness()):
        store.shelf(loudness)
    assert len(list(store.folder.glob("loudness-*"))) == 2


def test_the_keys_of_fedsers_own_do_not_depend_on_their_files():
    assert LogMel().settings["revision"] == 2
    assert "code" not in LogMel().settings


def test_what_it_loaded_stays_in_its_process(written):
    loudness = written(LOUDNESS).Loudness(floor_db=-70.0)
    loudness.encode([np.ones(10, dtype=np.float32)])
    assert "scale" in vars(loudness)
    travelled = pickle.loads(pickle.dumps(loudness))
    assert travelled == loudness
    assert "scale" not in vars(travelled)


def test_code_that_stands_nowhere_needs_a_revision():
    body = {"name": "made", "dimension": 1, "encode": lambda self, waveforms: None, "__module__": "nowhere"}
    made = type("Made", (AcousticEncoder,), body)
    with pytest.raises(
        FeatureError, match=r"^features\.made: the code of Made is in no file[^\n]* a revision = 1$"
    ):
        _ = made().settings
    counted = type("Made", (AcousticEncoder,), body | {"revision": 1})
    assert counted().settings == {"revision": 1}


def test_an_encoder_must_encode(written):
    with pytest.raises(TypeError, match="abstract"):
        type("Mute", (AcousticEncoder,), {"name": "mute", "__module__": __name__})()
