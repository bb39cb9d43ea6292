"""Environments: found again by content, and what keeps them from being built."""

import numpy as np
import pytest
import soundfile

from fedser.acoustics import AcousticOptions, Environment, build
from fedser.errors import ConfigError, FeatureError
from tests.acoustics.conftest import bursts


def make(table, **given) -> Environment:
    return build("place", AcousticOptions.parse(table), **given)


def test_settings_know_what_changes_samples_and_nothing_else(presets, talkers):
    assert presets["clean"].settings == {}
    home = presets["home"].settings
    assert build("flat", AcousticOptions.parse("home")).settings == home
    assert make({"preset": "home", "snr_db": 19.0}).settings != home
    assert make({"preset": "home", "microphone": "far"}).settings != home
    assert make({"preset": "home", "rt60_s": 0.3}).settings != home
    assert make({"preset": "home", "noise": "pink"}).settings != home
    other = make("café", talkers=talkers[:6])
    assert other.settings["background"] != presets["café"].settings["background"]
    assert other.settings["room"] == presets["café"].settings["room"]


def test_made_once(cache_folder, monkeypatch):
    options = {"preset": "home", "rt60_s": 0.2}
    first = make(options, seed=5)
    monkeypatch.setattr("fedser.acoustics.environment.impulse_response", None)
    monkeypatch.setattr("fedser.acoustics.environment.noise.GENERATED", {})
    again = make(options, seed=5)
    assert (again.room, again.background) == (first.room, first.background)
    assert not list((cache_folder / "acoustics").glob(".*"))


@pytest.mark.parametrize("harm", [b"", b"PK\x03\x04 rubbish", None])
def test_a_damaged_file_is_made_anew_and_never_heard(harm, tmp_path, monkeypatch):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path))
    before = make({"noise": "pink"})
    content = bytearray(before.background.path.read_bytes())
    content[len(content) // 2] ^= 1
    before.background.path.write_bytes(bytes(content) if harm is None else harm)
    with pytest.raises(FeatureError, match="gone or changed since the run began; run again"):
        before.background.load()
    assert make({"noise": "pink"}).settings == before.settings
    assert before.background.load().shape == (60 * 16000,)


def test_a_cache_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "acoustics").write_text("a file where a folder should be")
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path))
    with pytest.raises(FeatureError, match=r"cannot write .* name another cache folder in FEDSER_CACHE"):
        make({"noise": "pink"})


def test_recordings_are_a_background(tmp_path, open_data):
    rain = make({"recordings": "noise/rain", "snr_db": 5.0}, root=open_data)
    sea = make({"recordings": "noise/sea_waves", "snr_db": 5.0}, root=open_data)
    assert rain.settings != sea.settings
    assert rain.bed().std() == pytest.approx(1.0, abs=1e-3)
    assert np.isfinite(rain.bed()).all()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in (open_data / "noise" / "rain").iterdir():
        (moved / path.name).write_bytes(path.read_bytes())
    assert make({"recordings": "elsewhere", "snr_db": 5.0}, root=tmp_path).settings == rain.settings


def test_what_is_wanting_is_told(tmp_path):
    with pytest.raises(ConfigError, match='environment "place": noise: "babble" is made of utterances'):
        make("café")
    with pytest.raises(ConfigError, match=r'environment "place": recordings: .* is no folder'):
        make({"recordings": "nowhere"}, root=tmp_path)
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "broken.wav").write_text("no audio")
    soundfile.write(tmp_path / "noise" / "silent.wav", np.zeros(1000), 16000)
    with pytest.raises(ConfigError, match='"recordings" has no readable audio with sound in it'):
        make({"recordings": "noise"}, root=tmp_path)
    with pytest.raises(ConfigError, match='"babble" has no readable audio'):
        make("café", talkers=[tmp_path / "gone.wav", tmp_path / "noise" / "broken.wav"])
    with pytest.raises(ConfigError, match='environment "place": a room of 1 × 1 × 1 m'):
        make({"room": [1.0, 1.0, 1.0], "rt60_s": 2.0})


def test_broken_talkers_are_passed_over(tmp_path):
    soundfile.write(tmp_path / "one.wav", bursts(0), 16000)
    (tmp_path / "broken.wav").write_text("no audio")
    assert make("café", talkers=sorted(tmp_path.iterdir())).bed().std() == pytest.approx(1.0, abs=1e-3)


def test_no_background_has_no_bed(presets):
    with pytest.raises(ValueError, match="the environment clean has no background"):
        presets["clean"].bed()
