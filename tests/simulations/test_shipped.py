"""Configurations that come with fedser are found by name, and described."""

import os
from pathlib import Path

import pytest

from fedser.errors import ConfigError
from simulations import shipped

REPOSITORY = Path(__file__).parents[2]


def test_a_name_finds_what_is_shipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in shipped.names():
        assert (
            shipped.find(Path(name)) == shipped.find(Path(f"{name}.toml")) == REPOSITORY / f"configs/{name}.toml"
        )


def test_a_path_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("demo", "demo.toml"):
        Path(name).write_text("seeds = 1")
        assert shipped.find(Path(name)) == Path(name)
        Path(name).unlink()
    Path("demo").mkdir()
    assert shipped.find(Path("demo")) == REPOSITORY / "configs/demo.toml"  # a folder is no configuration


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("smoke_device", 'did you mean "smoke_devices"'),
        ("smoke-devices.toml", 'did you mean "smoke_devices"'),
        ("xyz", "known: commute, demo, methods, methods_devices, open_corpora"),
        ("configs/demo.toml", 'by its name alone, "demo"'),
        ("/nowhere/demo", 'by its name alone, "demo"'),
        ("folder", "folder: is a folder"),
        ("a" * 300, "cannot be read as a configuration file (File name too long)"),
    ],
)
def test_what_is_neither_is_refused(tmp_path, monkeypatch, asked, said):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(ConfigError) as error:
        shipped.find(Path(asked))
    assert said in str(error.value)


def test_what_nobody_may_look_at_is_named(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    if os.access(tmp_path / "closed", os.X_OK):
        pytest.skip("root may look everywhere")
    with pytest.raises(ConfigError, match="Permission denied"):
        shipped.find(tmp_path / "closed" / "one.toml")


def test_descriptions_say_command_and_data():
    described = {each.command.split(" --")[0]: each for each in shipped.descriptions()}
    assert len(described) == len(shipped.names()) + len(shipped.study_names())
    assert described["fedser demo"].needs == "needs nothing"
    assert described["fedser paper open_corpora"].needs == "needs ravdess, nemo, emotiontts"
    assert described["fedser privacy attack privacy_attack"].needs == "needs nemo, ravdess"
    paper = described["fedser paper paper"]
    assert paper.needs.startswith("needs msp-podcast, msp-improv, iemocap, facebook/wav2vec2-base, google/bert")
    assert paper.command == "fedser paper paper --iemocap FOLDER --msp-improv FOLDER --msp-podcast FOLDER"
