"""An encoder and a corpus from a module beside the configuration, through whole runs with worker processes."""

import importlib
import json
import sys

import pandas as pd
import pytest

from fedser.features import FeatureStore
from fedser.features.catalogue import ENCODERS

MODULE = """
import numpy as np

import fedser
from fedser.corpora.manifest import Manifest


@fedser.register
class Level(fedser.AcousticEncoder):
    name = "level"
    dimension = 3
    standardise = True

    power: float = 2.0

    def encode(self, waveforms):
        rows = [[np.mean(np.abs(x) ** self.power), np.abs(np.diff(x)).mean(), len(x)] for x in waveforms]
        return np.array(rows, dtype=np.float32).reshape(-1, 3)


@fedser.register
class Letters(fedser.LexicalEncoder):
    name = "letters"
    dimension = 26

    def encode(self, transcripts):
        rows = [[text.count(chr(97 + k)) for k in range(26)] for text in transcripts]
        return np.array(rows, dtype=np.float32).reshape(-1, 26)


@fedser.register
class Tones(Manifest):
    name = "tones"

    min_duration_s: float = 0.3
"""

pytestmark = pytest.mark.usefixtures("plugins_as_before")


@pytest.fixture
def config(tiny, tmp_path):
    (tmp_path / "my_house.py").write_text(MODULE)
    text = tiny.config.read_text().replace('corpus = "manifest"', 'corpus = "tones"')
    assert "options = { min_duration_s = 0.3 }" in text
    text = text.replace("options = { min_duration_s = 0.3 }", "options = { max_duration_s = 9.0 }")
    config = tmp_path / "mine.toml"
    config.write_text(
        text
        + '[plugins]\nmodules = ["my_house"]\n'
        + '[features]\nacoustic = "level"\nacoustic_options = { power = 1.0 }\nlexical = "letters"\n'
    )
    return config


def test_a_run_with_workers_says_where_they_are_from(tiny, config, tmp_path, fedser):
    command = ["paper", config, "--data", tiny.data, "--workers", 2, "--seeds", 1]
    code, _, err = fedser(*command, "--run", tmp_path / "run", "--set", "training.max_epochs=1")
    assert code == 0, err
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    found = {(each["group"], each["name"]): each["source"] for each in record["extensions"]}
    for extension in (("encoders", "level"), ("encoders", "letters"), ("corpora", "tones")):
        assert found[extension] == "my_house"
    assert pd.read_csv(tmp_path / "run" / "utterances.csv").groupby("environment").size().tolist() == [50] * 3


def test_features_of_changed_code_are_computed_again(tiny, config, tmp_path, fedser, monkeypatch):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def extracted():
        """Extract anew, as in another process; return the lengths that the encoder found, and its shelves."""
        sys.modules.pop("my_house", None)
        code, _, err = fedser("extract", config, "--data", tiny.data, "--workers", 2)
        assert code == 0, err
        store = FeatureStore(tmp_path / "cache" / "features")
        matrix = store.shelf(ENCODERS["level"](power=1.0)).matrix()
        return matrix.shape[0], set(matrix[:, 2].tolist()), len(list(store.folder.glob("level-*")))

    assert extracted() == (150, {6400.0}, 1)
    assert extracted() == (150, {6400.0}, 1)
    (tmp_path / "my_house.py").write_text(MODULE.replace("len(x)]", "2 * len(x)]"))
    importlib.invalidate_caches()
    assert extracted() == (150, {12800.0}, 2)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('acoustic = "level"', 'acoustic = "levl"', 'unknown encoder "levl"; did you mean "level"?'),
        ("power = 1.0", "powr = 1.0", 'features.level: unknown key "powr"; did you mean "power"?'),
        ("max_duration_s = 9.0", "max_duration = 9.0", 'options of corpus "tones": unknown key "max_duration"'),
        ('corpus = "tones"', 'corpus = "tonnes"', 'unknown corpus "tonnes"; did you mean "tones"?'),
        ('lexical = "letters"', 'lexical = "level"', 'features.lexical: "level" is no lexical encoder'),
    ],
)
def test_mistakes_are_one_line(tiny, config, fedser, old, new, message):
    config.write_text(config.read_text().replace(old, new))
    code, _, err = fedser("extract", config, "--data", tiny.data)
    assert (code, err.count("\n")) == (2, 1), err
    assert message in err
