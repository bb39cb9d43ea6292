"""What a configuration may say about an environment."""

import pytest

from fedser.acoustics import PRESETS, AcousticOptions, conditions, place_and_condition
from fedser.config import Section
from fedser.errors import ConfigError


class Place(Section):
    name: str
    acoustics: AcousticOptions = AcousticOptions()


class Config(Section):
    environments: list[Place]


def refusal(value):
    with pytest.raises(ConfigError) as error:
        AcousticOptions.parse(value)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_name_and_its_table_are_the_same(name):
    by_name, by_table = AcousticOptions.parse(name), AcousticOptions.parse({"preset": name})
    assert by_name == by_table
    assert by_name.model_dump(include=set(PRESETS[name])) == PRESETS[name]
    assert by_name.clean == (name == "clean")


def test_a_café_may_be_spelt_cafe():
    assert AcousticOptions.parse("cafe") == AcousticOptions.parse("café")


def test_a_table_changes_a_preset():
    options = AcousticOptions.parse({"preset": "home", "snr_db": 10, "microphone": "far"})
    assert (options.snr_db, options.microphone, options.rt60_s) == (10.0, "far", 0.4)
    bare = AcousticOptions.parse({"noise": "pink", "snr_db": 5.0})
    assert (bare.preset, bare.rt60_s, bare.clean) == ("clean", 0.0, False)
    assert AcousticOptions.parse({"preset": "home", "rt60_s": 0, "noise": "none"}).clean
    recorded = AcousticOptions.parse({"preset": "café", "recordings": "noise/rain"})
    assert (recorded.noise, recorded.rt60_s) == ("recordings", 0.95)


def test_both_stand_in_a_configuration():
    read = Config.read({"environments": [{"name": "a", "acoustics": "home"}, {"name": "b"}]}, "c.toml")
    assert read.environments[0].acoustics == AcousticOptions.parse("home")
    assert read.environments[1].acoustics.clean
    with pytest.raises(
        ConfigError, match=r'c\.toml \[environments\.0\.acoustics\]: unknown key "snr"; did you mean "snr_db"'
    ):
        Config.read({"environments": [{"name": "a", "acoustics": {"snr": 3}}]}, "c.toml")
    with pytest.raises(
        ConfigError, match=r'c\.toml \[environments\.0\].*unknown preset "hom"; did you mean "home"'
    ):
        Config.read({"environments": [{"name": "a", "acoustics": "hom"}]}, "c.toml")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("hom", 'unknown preset "hom"; did you mean "home"?'),
        ({"preset": "ofice"}, 'unknown preset "ofice"; did you mean "office"?'),
        ({"preset": "home", "rt60": 1.0}, 'unknown key "rt60"; did you mean "rt60_s"?'),
        ({"snr_db": "10"}, "snr_db should be a valid number, got '10'"),
        ({"snr_db": float("nan"), "noise": "pink"}, "snr_db"),
        ({"snr_db": 90.0}, "less than or equal to 60"),
        ({"rt60_s": 0.03}, "rt60_s: 0.03 s is too short; give 0 for no room"),
        ({"rt60_s": -1.0}, "greater than or equal to 0"),
        ({"room": [5.0, 4.0]}, "room"),
        ({"room": [5.0, 4.0, 0.2]}, "room: a side of [5.0, 4.0, 0.2] is not within 1 to 40 metres"),
        ({"noise": "rain"}, "noise should be 'none', 'babble', 'pink'"),
        ({"noise": "recordings"}, 'noise: "recordings" needs a folder'),
        ({"noise": "pink", "recordings": "noise"}, "leave out one of them"),
        ({"microphone": "studio"}, "microphone should be 'flat', 'collar', 'far' or 'phone'"),
        (7, "preset"),
        (None, "preset"),
        (["home"], "preset"),
    ],
)
def test_mistakes_are_told_in_one_line(value, says):
    message = refusal(value)
    assert message.startswith("acoustics")
    assert says in message


def test_a_ramp_is_environments_like_any_other():
    options = AcousticOptions.parse("street")
    ramp = conditions("street", options, (10.0, 5.0, 0.0))
    assert list(ramp) == ["street@1", "street@2", "street@3"]
    assert [each.snr_db for each in ramp.values()] == [10.0, 5.0, 0.0]
    assert ramp["street@2"] == options
    assert [place_and_condition(name) for name in (*ramp, "street", "a@b", "@2")] == [
        ("street", "street@1"),
        ("street", "street@2"),
        ("street", "street@3"),
        ("street", ""),
        ("a@b", ""),
        ("@2", ""),
    ]


def test_silence_cannot_degrade_nor_beyond_the_range():
    with pytest.raises(ConfigError, match='ramp: environment "quiet" has no noise'):
        conditions("quiet", AcousticOptions.parse("clean"), (10.0, 0.0))
    with pytest.raises(ConfigError, match="ramp: snr_db should be greater than or equal to -30"):
        conditions("street", AcousticOptions.parse("street"), (10.0, -50.0))
