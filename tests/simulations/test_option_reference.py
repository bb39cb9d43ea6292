"""Every key that a configuration may have is explained, and what is explained is what is read."""

import tomllib
from pathlib import Path

import pytest

from fedser.errors import ConfigError
from fedser.option_texts import option_texts
from fedser.training import TrainingOptions
from simulations.kinds import kind_of_values
from simulations.option_reference import all_sections, configuration_sections, find_sections

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.toml"))


@pytest.fixture(scope="module")
def sections():
    """Fedser's own; those that other tests have registered need no text."""
    own = ("fedser.", "clients.", "simulations.")
    return [each for each in all_sections() if each.module.startswith(own)]


def test_no_key_is_unexplained(sections):
    keys = [(each.header, option.key, option.text) for each in sections for option in each.options]
    assert len(keys) > 400
    assert [(header, key) for header, key, text in keys if not text or not text.endswith((".", ":", "…"))] == []


def test_every_section_says_what_it_is(sections):
    assert [each.header for each in sections if not each.text] == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_key_of_a_shipped_configuration_is_found(path, sections):
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    kind = kind_of_values(values)
    known = {each.name: each for each in sections if each.of == kind.command or not each.of.startswith("fedser")}
    for name, value in values.items():
        if isinstance(value, dict) and name in known:
            assert set(value) <= {option.key for option in known[name].options}
        elif not isinstance(value, dict | list):
            assert name in {option.key for option in known[""].options}
        else:
            assert name in known or name in {option.key for option in known[""].options}


def test_a_key_says_type_default_range_and_meaning():
    found = {option.key: option for option in find_sections("training")[0].options}
    rate = found["learning_rate"]
    assert (rate.type, rate.default, rate.range) == ("number", "0.001", "> 0")
    assert rate.text == "Length of an SGD step, per gradient."
    assert found["loss"].type == '"sum" or "mean"'
    assert found["batch_size"].range == "≥ 2, ≤ 1 000 000"


def test_the_text_is_that_of_the_nearest_class():
    class Slower(TrainingOptions):
        learning_rate: float = 1e-4
        """Slower."""

    texts = option_texts(Slower)
    assert texts["learning_rate"] == "Slower."
    assert texts["patience"] == option_texts(TrainingOptions)["patience"]


def test_nested_sections_have_dotted_names():
    kind = kind_of_values({"rounds": 3, "arms": [], "environments": []})
    names = {each.name for each in configuration_sections(kind.config, kind.command)}
    assert {"", "environments", "privacy.adaptive_clipping", "mobility.availability"} <= names


def test_an_unknown_section_gets_one_helpful_line():
    with pytest.raises(ConfigError, match=r'unknown section "memroy"; did you mean "memory"'):
        find_sections("memroy")


def test_the_command_explains_a_section(fedser):
    code, out, _ = fedser("options", "memory")
    assert code == 0
    assert "capacity = 261   (integer, ≥ 1, ≤ 1 000 000)" in out
    code, out, _ = fedser("options")
    assert code == 0
    assert "[[environments]]" in out
    code, _, err = fedser("options", "memroy")
    assert (code, err.count("\n")) == (2, 1)
