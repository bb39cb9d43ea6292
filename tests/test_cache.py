"""Where the cache folder is, and what is said where there can be none."""

from pathlib import Path

import pytest

from fedser import acoustics, cache, corpora
from fedser.errors import ConfigError, UserError
from fedser.features import FeatureStore

pwd = pytest.importorskip("pwd")


@pytest.fixture
def nobody(monkeypatch):
    """A user without a home, whom the system has no name for, as in many containers."""

    def unknown(_):
        raise KeyError("uid not found")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_CACHE_HOME", "FEDSER_CACHE"):
        monkeypatch.delenv(name, raising=False)


def test_the_variable_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FEDSER_CACHE", "~/kept")
    assert cache.folder() == tmp_path / "kept"
    monkeypatch.setenv("FEDSER_CACHE", "kept")
    assert cache.folder() == Path.cwd() / "kept"
    monkeypatch.delenv("FEDSER_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache.folder().is_relative_to(tmp_path)


def test_without_a_home_the_message_names_the_variable(nobody):
    with pytest.raises(ConfigError, match="FEDSER_CACHE"):
        cache.folder()


def test_nor_is_there_a_home_of_a_user_who_is_not(nobody, monkeypatch):
    monkeypatch.setenv("FEDSER_CACHE", "~nobody-of-this-name/kept")
    with pytest.raises(ConfigError, match=r"^~nobody-of-this-name/kept: .*FEDSER_CACHE$"):
        cache.folder()


def test_without_a_home_a_named_folder_is_enough(nobody, monkeypatch, tmp_path):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path))
    assert cache.folder() == tmp_path


KEPT = {
    "speech": lambda: corpora.load("synthetic", speakers=6, utterances_per_speaker=5),
    "acoustics": lambda: acoustics.build("home", acoustics.AcousticOptions.parse("home"), 0),
    "features": lambda: FeatureStore(cache.folder() / "features"),
}


@pytest.mark.parametrize("what", KEPT)
def test_a_folder_that_cannot_be_written_is_one_line(monkeypatch, tmp_path, what):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "file" / "cache"))  # nobody, not even root, can make it
    with pytest.raises(UserError, match="FEDSER_CACHE") as error:
        KEPT[what]()
    assert "\n" not in str(error.value)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
