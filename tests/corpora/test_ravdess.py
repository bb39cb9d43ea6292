import numpy as np
import pytest

from fedser.corpora import load
from fedser.corpora.ravdess import Ravdess
from fedser.errors import CorpusError


def test_every_column_of_a_miniature(miniature):
    root = miniature("ravdess")
    table = load("ravdess", root).table
    actors = [f"{actor:02}" for actor in range(1, 7)]

    assert table["utterance"].tolist() == sorted(
        f"03-01-{code}-{actor}" for actor in actors for code in ("01-01-01-01", "05-02-02-01", "04-01-01-02")
    )
    by_id = table.set_index("utterance")
    anger = by_id.loc["03-01-05-02-02-01-04"]
    assert anger["path"] == str(root / "Actor_04" / "03-01-05-02-02-01-04.wav")
    assert (anger["corpus"], anger["speaker"], anger["gender"]) == ("ravdess", "04", "female")
    assert (anger["duration_s"], anger["emotion"]) == (4.0, "anger")
    assert anger["transcript"] == "Dogs are sitting by the door."
    sadness = by_id.loc["03-01-04-01-01-02-03"]
    assert (sadness["speaker"], sadness["gender"]) == ("03", "male")
    assert sadness["transcript"] == "Kids are talking by the door."
    # Activation goes from .75 × −.27 (sad, normal) to .59 (angry, strong), valence from −.51 to 0.
    np.testing.assert_allclose(anger[["activation", "valence"]].tolist(), [1, -1], atol=1e-15)
    np.testing.assert_allclose(
        sadness[["activation", "valence"]].tolist(), [-1, 2 * (0.51 - 0.75 * 0.63) / 0.51 - 1], atol=1e-12
    )
    neutral = by_id.loc["03-01-01-01-01-01-06", ["activation", "valence"]].tolist()
    np.testing.assert_allclose(neutral, [2 * 0.2025 / 0.7925 - 1, 1], atol=1e-12)


def test_all_eight_emotions_on_their_own_scale(tmp_path, hum):
    for code in range(1, 9):
        hum(tmp_path / "Actor_01" / f"03-01-{code:02}-02-01-01-01.wav")
    rows = Ravdess().parse(tmp_path).rows.sort_values("utterance")

    assert rows["emotion"].tolist() == [
        "neutral",
        "calm",
        "happiness",
        "sadness",
        "anger",
        "fear",
        "disgust",
        "surprise",
    ]
    assert rows["activation"].tolist() == [0, -0.46, 0.51, -0.27, 0.59, 0.60, 0.35, 0.67]
    assert rows["valence"].tolist() == [0, 0.68, 0.81, -0.63, -0.51, -0.64, -0.60, 0.40]


def test_song_and_stray_files_are_left_out_and_said(miniature, hum):
    root = miniature("ravdess")
    hum(root / "Actor_01" / "03-02-05-01-01-01-01.wav")
    hum(root / "Actor_01" / "._03-01-05-01-01-01-01.wav")
    (root / "Actor_01" / "readme.txt").write_text("hello")

    corpus = load("ravdess", root)

    assert len(corpus.table) == 18
    assert "audio files left out, named otherwise than this corpus names its own: 1" in corpus.notes


@pytest.mark.parametrize(
    "folder", [".", "RAVDESS", "Audio_Speech_Actors_01-24", "ravdess/audio_speech_actors_01-24"]
)
def test_the_folder_itself_or_the_one_around_it(tmp_path, hum, folder):
    hum(tmp_path / folder / "Actor_24" / "03-01-05-02-02-01-24.flac")

    rows = Ravdess().parse(tmp_path).rows

    assert rows[["utterance", "speaker", "gender"]].to_numpy().tolist() == [
        ["03-01-05-02-02-01-24", "24", "female"]
    ]


def test_a_copy_that_holds_everything_twice_is_read_once(tmp_path, hum):
    for home in (".", "audio_speech_actors_01-24"):
        hum(tmp_path / home / "Actor_01" / "03-01-05-02-02-01-01.wav")

    assert len(Ravdess().parse(tmp_path).rows) == 1


def test_wav_and_flac_of_one_utterance_are_two_with_one_id(miniature, hum):
    root = miniature("ravdess")
    hum(root / "Actor_02" / "03-01-05-02-02-01-02.flac")

    with pytest.raises(
        CorpusError, match=r'two utterances with the id "03-01-05-02-02-01-02".*flac.*wav; keep one'
    ):
        load("ravdess", root)
