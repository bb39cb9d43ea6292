"""`fedser environments`: the table, the configuration's environments, and examples to listen to."""

import numpy as np
import pytest
import soundfile

CONFIG = """
rounds = 3

[[environments]]
name = "kitchen"
acoustics = { preset = "home", snr_db = 12, rt60_s = 0.3 }

[[environments]]
name = "road"
acoustics = "street"
ramp = { from_snr_db = 10, to_snr_db = 0, steps = 3, last_round = 9 }

[[environments]]
name = "lab"
"""

CORPORA = """
[[corpora]]
name = "a"
corpus = "manifest"
root = "home/manifest.csv"
options = { min_duration_s = 0.3 }
"""


@pytest.fixture
def speech(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "speech.wav"
    t = np.arange(24000) / 16000
    soundfile.write(path, 0.1 * rng.standard_normal(t.size) * (np.sin(6 * t) > 0), 16000)
    return path


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "places.toml"
    path.write_text(CONFIG)
    return path


def test_presets_by_default_with_what_was_achieved(fedser, speech):
    code, out, _ = fedser("environments", "--audio", speech)
    assert code == 0
    names = ["clean", "home", "office", "café", "street", "car", "phone"]
    lines = {
        line.split()[0]: line.split() for line in out.splitlines() if line.split()[:1] and line.split()[0] in names
    }
    assert list(lines) == names
    assert lines["clean"][1:] == ["–", "–", "flat", *["–"] * 6]
    for name, rt60_s, snr_db in (("home", 0.4, 20), ("office", 0.6, 15), ("café", 0.95, 5), ("phone", 0.3, 20)):
        *_, target_s, measured_s, target_db, measured_db, lowest_db, highest_db = lines[name]
        assert float(target_s) == rt60_s
        assert float(measured_s) == pytest.approx(rt60_s, rel=0.15)
        assert float(target_db) == snr_db
        assert [float(each) for each in (measured_db, lowest_db, highest_db)] == pytest.approx(
            [snr_db] * 3, abs=0.5
        )
    assert lines["street"][1:6] == ["–", "street", "collar", "–", "–"]


def test_some_presets_only(fedser, speech):
    code, out, _ = fedser("environments", "street", "cafe", "--audio", speech)
    assert code == 0
    assert "café" in out
    assert "office" not in out


def test_a_configurations_environments_and_each_condition(fedser, config, speech):
    code, out, _ = fedser("environments", config, "--audio", speech)
    assert code == 0
    cells = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert cells["kitchen"][-4] == "12.00"
    assert cells["kitchen"][-6] == "0.30"
    assert [cells[f"road@{k}"][-4] for k in (1, 2, 3)] == ["10.00", "5.00", "0.00"]
    assert "lab" in cells
    assert "road" not in cells


def test_examples_can_be_heard_and_are_the_same_again(fedser, speech, tmp_path):
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        code, out, _ = fedser("environments", "clean", "home", "phone", "--audio", speech, "--examples", folder)
        assert code == 0
        assert f"example: {folder}/02-home.wav" in out
    names = ["01-clean.wav", "02-home.wav", "03-phone.wav"]
    assert [sorted(path.name for path in folder.iterdir()) for folder in folders] == [names, names]
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    sounds = [soundfile.read(folders[0] / name) for name in names]
    assert [rate for _, rate in sounds] == [16000] * 3
    assert max(np.abs(sound).max() for sound, _ in sounds) == pytest.approx(0.9, abs=1e-3)
    clean, _ = soundfile.read(speech)
    # All at the same gain, so that their levels can be compared.
    gain = np.abs(sounds[0][0]).max() / np.abs(clean).max()
    assert sounds[0][0] == pytest.approx(gain * clean, abs=2e-4)


def test_without_data_the_embedded_corpus_speaks(fedser, tmp_path):
    code, out, _ = fedser("environments", "café", "--examples", tmp_path / "heard")
    assert code == 0
    sound, _ = soundfile.read(tmp_path / "heard" / "01-café.wav")
    assert len(sound) >= 3 * 16000
    assert "5.00" in out


def test_corpora_of_a_folder_speak(fedser, open_data):
    code, out, _ = fedser("environments", "phone", "--data", open_data / "emotiontts")
    assert code == 0
    assert "phone" in out


def test_a_configurations_corpora_speak(fedser, tiny, config):
    config.write_text(CONFIG + CORPORA)
    code, out, _ = fedser("environments", config, "--data", tiny.data)
    assert code == 0
    assert "kitchen" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["hom"], '"hom" is neither a preset nor a configuration (.toml); did you mean "home"?'),
        (["nowhere.toml"], "nowhere.toml: no such configuration file"),
        (["home", "--data", "nowhere"], "--data nowhere: no such folder"),
        (["home", "--audio", "nowhere.wav"], "nowhere.wav: no such file"),
    ],
)
def test_mistakes_are_told(fedser, words, says):
    code, _, err = fedser("environments", *words)
    assert code == 2
    assert says in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seeds = 1", "has no [[environments]]"),
        ("environments = 3", "expected [[environments]] tables"),
        ("environments = [", "not valid TOML"),
        ("[[environments]]\nacoustics = 'home'", "[environments.0]: expected a name of its own, got None"),
        (
            "[[environments]]\nname = 'a'\nacoustics = 'hom'",
            '[environments "a"] acoustics: preset: unknown preset "hom"',
        ),
        ("[[environments]]\nname = 'a'\nacoustics = {snr = 1}", 'unknown key "snr"; did you mean "snr_db"'),
        (
            "[[environments]]\nname = 'a'\nramp = {from_snr_db = 1, to_snr_db = 0, steps = 2, last_round = 2}",
            'environment "a" has no noise',
        ),
        (
            "[[environments]]\nname = 'a@1'\n[[environments]]\nname = 'a'\nacoustics = 'street'\n"
            "ramp = {from_snr_db = 1, to_snr_db = 0, steps = 2, last_round = 2}",
            'ramp: its step "a@1" has the name of another environment',
        ),
    ],
)
def test_mistakes_in_a_configuration_are_told(fedser, tmp_path, text, says):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    code, _, err = fedser("environments", path)
    assert code == 2
    assert says in err
    assert str(path) in err


def test_examples_where_nothing_can_be_written(fedser, speech, tmp_path):
    (tmp_path / "taken").write_text("a file")
    code, _, err = fedser("environments", "clean", "--audio", speech, "--examples", tmp_path / "taken")
    assert code == 2
    assert "cannot be written" in err
