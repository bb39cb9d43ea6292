import csv
import shutil

import pytest

from fedser.corpora import load
from fedser.corpora.same_audio import contents_of, same_audio_notes
from simulations.commands.corpora import survey


@pytest.fixture
def recordings(tmp_path, hum):
    """Six speakers of two recordings each, told apart by their length."""
    rows = [("path", "speaker", "activation", "valence", "split")]
    for k in range(12):
        hum(tmp_path / f"{k}.wav", 4 + k / 10)
        split = "train" if k < 6 else "validation" if k < 8 else "test"
        rows.append((f"{k}.wav", f"s{k // 2}", k % 7, k % 5, split))
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path


def notes(folder):
    table = load("manifest", folder).table
    return same_audio_notes(table, contents_of(table["path"].tolist()))


def test_different_recordings_are_not_spoken_of(recordings):
    assert notes(recordings) == ()


def test_a_recording_in_two_splits_and_under_two_speakers_is_said(recordings):
    for k in range(2):
        shutil.copy(recordings / f"{k}.wav", recordings / f"{10 + k}.wav")

    splits, speakers = notes(recordings)

    assert splits == (
        "the same audio twice: 2 recordings stand under several ids in different splits"
        " (the first: 0.wav and 10.wav)"
    )
    assert "under different speakers" in speakers
    assert "the same audio twice: 2 recordings stand" in " ".join(survey([recordings]).split())


def test_a_recording_twice_under_one_speaker_in_one_split_is_no_fault(recordings):
    shutil.copy(recordings / "0.wav", recordings / "1.wav")
    assert notes(recordings) == ()


def test_two_speakers_in_one_split(recordings):
    shutil.copy(recordings / "0.wav", recordings / "2.wav")
    assert notes(recordings) == (
        "the same audio twice: 1 recording stands under several ids under different speakers"
        " (the first: 0.wav and 2.wav)",
    )


def test_files_that_are_gone_are_like_no_other(tmp_path):
    first, second = contents_of([str(tmp_path / "a"), str(tmp_path / "b")])
    assert first != second
