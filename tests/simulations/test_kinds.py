"""Configurations and runs of any kind, known by what they say."""

import pytest

from fedser.errors import ConfigError
from simulations.kinds import experiment_kind, kind_of_values, read_experiment
from tests.simulations.conftest import PLACES


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"arms": ["gem"], "environments": []}, "one-device"),
        ({}, "one-device"),
        ({"arms": ["gem", "federated:gem"]}, "moving"),
        ({"arms": ["gem"], "rounds": 3}, "moving"),
        ({"arms": "federated:gem"}, "one-device"),
        ({"shadow": "a.toml", "target": "b.toml"}, "attack"),
        ({"target": {}}, "attack"),
        ({"target": {}, "sweep": {"noise": [0.0]}}, "frontier"),
    ],
)
def test_a_configuration_is_known_by_its_content(values, name):
    kind = kind_of_values(values)
    assert kind.name == name
    assert type(kind) is type(experiment_kind(name))


def test_a_configuration_of_another_command_is_said_so(tiny, moving, fedser, tmp_path):
    code, _, err = fedser("paper", moving, "--data", tiny.data, "--run", tmp_path / "run")
    assert (code, err) == (2, f"fedser: {moving}: a configuration of fedser simulate, not of fedser paper\n")
    code, _, err = fedser("simulate", tiny.config, "--data", tiny.data, "--run", tmp_path / "run")
    assert (code, err) == (2, f"fedser: {tiny.config}: a configuration of fedser paper, not of fedser simulate\n")
    assert not (tmp_path / "run").exists()


def test_a_mistake_is_told_where_the_kind_is_right(moving):
    with pytest.raises(ConfigError, match=r'unknown key "raunds"; did you mean "rounds"\?$'):
        read_experiment(moving, ["raunds=3"], "moving")
    with pytest.raises(ConfigError, match="a configuration of fedser simulate, not of fedser privacy attack"):
        read_experiment(moving, (), "attack")


HEARD_EVERYWHERE = """
seeds = 1
rounds = 2
arms = ["federated:finetuning"]

[[corpora]]
name = "home"
corpus = "manifest"
root = "home/manifest.csv"
options = { min_duration_s = 0.3 }

[[corpora]]
name = "street"
corpus = "manifest"
root = "street/manifest.csv"
options = { min_duration_s = 0.3 }

[[environments]]
name = "quiet"

[[environments]]
name = "loud"
acoustics = "office"
ramp = { from_snr_db = 20.0, to_snr_db = 5.0, steps = 2, first_round = 1, last_round = 2 }

[devices]
count = 3

[server]
speakers = 0.4
acoustics = "office"

[model]
width = 4

[training]
max_epochs = 2
"""


def kept(cache):
    """Every file of vectors in the store, and its size."""
    return {path: path.stat().st_size for path in cache.glob("features/**/vectors.f32")}


def test_all_that_moving_devices_hear_is_extracted(tiny, fedser, tmp_path, monkeypatch):
    """Both corpora in every environment, each step of the ramp, and in the server's studio; nothing is left."""
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    config = tmp_path / "everywhere.toml"
    config.write_text(HEARD_EVERYWHERE)
    code, out, err = fedser("extract", config, "--data", tiny.data, "--workers", 1)
    assert code == 0, err
    assert out.splitlines() == [
        "quiet: 100 utterances, 0 left out",
        "loud@1: 100 utterances, 0 left out",
        "loud@2: 100 utterances, 0 left out",
        "server: 65 utterances, 0 left out",  # without the training speakers who own devices
    ]
    before = kept(tmp_path / "cache")
    assert len(before) == 5  # four ways to hear, and the words
    code, _, err = fedser("simulate", config, "--data", tiny.data, "--run", tmp_path / "run", "--workers", 1)
    assert code == 0, err
    assert kept(tmp_path / "cache") == before


def test_places_with_corpora_of_their_own_are_extracted(tiny, moving, fedser):
    code, out, err = fedser("extract", moving, "--data", tiny.data, "--workers", 1)
    assert code == 0, err
    assert out.splitlines() == [f"{place}: 50 utterances, 0 left out" for place in PLACES]
