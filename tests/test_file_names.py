import unicodedata
from pathlib import Path

import pytest

from fedser.file_names import existing

NFC, NFD = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))


@pytest.mark.parametrize("on_disk", [NFC, NFD])
@pytest.mark.parametrize("asked", [NFC, NFD])
def test_a_file_is_found_under_either_form(tmp_path, on_disk, asked):
    (tmp_path / on_disk).write_bytes(b"")

    assert existing(tmp_path / asked).exists()


def test_every_part_of_a_path_may_have_a_form_of_its_own(tmp_path):
    (tmp_path / NFD / NFC).mkdir(parents=True)
    (tmp_path / NFD / NFC / f"{NFD}.wav").write_bytes(b"sound")

    assert existing(tmp_path / NFC / NFD / f"{NFC}.wav").read_bytes() == b"sound"


def test_the_form_that_is_asked_for_goes_first(tmp_path):
    for name in (NFC, NFD):
        (tmp_path / name).write_text(name)

    assert [existing(tmp_path / name).read_text() for name in (NFC, NFD)] == [NFC, NFD]


def test_relative_names_are_found_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / NFD).mkdir()

    assert str(existing(Path(NFC))) == NFD


def test_what_is_not_there_keeps_its_name(tmp_path):
    assert existing(tmp_path / NFD / "x") == tmp_path / NFD / "x"
