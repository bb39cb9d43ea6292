"""Where a study's federations come from."""

import pytest

from fedser.errors import ConfigError
from simulations.privacy_studies.federation_values import read_federation

SMALL = {
    "rounds": 2,
    "arms": ["federated:exper"],
    "corpora": [{"name": "speech", "corpus": "synthetic"}],
    "environments": [{"name": "home"}],
}


def test_sections_over_common_ones_and_changes_over_both(tmp_path):
    common = SMALL | {"memory": {"capacity": 9}}
    config = read_federation({"rounds": 5}, common, {"memory": {"capacity": 3}}, "file [target]", tmp_path)
    assert (config.rounds, config.memory.capacity) == (5, 3)


def test_a_file_of_simulate_is_found_beside_the_study(tmp_path):
    (tmp_path / "one.toml").write_text(
        'rounds = 4\narms = ["federated:exper"]\n[[corpora]]\nname = "s"\ncorpus = "synthetic"\n'
        '[[environments]]\nname = "home"\n'
    )
    config = read_federation("one.toml", {}, {"audit": {"record_updates": True}}, "file [target]", tmp_path)
    assert config.rounds == 4
    assert config.audit.record_updates


def test_mistakes_name_the_section(tmp_path):
    with pytest.raises(ConfigError, match=r'study.toml \[target\]: unknown key "rouns".*rounds'):
        read_federation({"rouns": 5}, SMALL, {}, "study.toml [target]", tmp_path)
    with pytest.raises(ConfigError, match="inline sections only"):
        read_federation("one.toml", SMALL, {}, "study.toml [target]", tmp_path)
    with pytest.raises(ConfigError, match="no such configuration file"):
        read_federation("none.toml", {}, {}, "study.toml [target]", tmp_path)
