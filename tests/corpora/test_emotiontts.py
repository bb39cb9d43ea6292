import numpy as np
import pytest

from fedser.corpora import load
from fedser.corpora.emotiontts import EmotionTts


def test_every_column_of_a_miniature(miniature):
    root = miniature("emotiontts")
    table = load("emotiontts", root).table

    assert table["speaker"].tolist() == ["ema"] * 4 + ["emb"] * 4 + ["nea"] * 4
    nea = table[table["speaker"] == "nea"]
    folder = root / "Emotional" / "emotional-to-emotional" / "nea" / "wav"
    numbers = ["00001", "00105", "00202", "00303"]
    assert nea["utterance"].tolist() == [f"nea{number}" for number in numbers]
    assert nea["path"].tolist() == [str(folder / f"nea{number}.wav") for number in numbers]
    assert nea["transcript"].tolist() == [f"문장 {number}." for number in numbers]
    assert nea["emotion"].tolist() == ["neutral", "happiness", "sadness", "anger"]
    assert set(table["gender"]) == {""}
    # Activation from −.27 to .59, valence from −.63 to .81.
    activation = [2 * 0.27 / 0.86 - 1, 2 * 0.78 / 0.86 - 1, -1, 1]
    valence = [2 * 0.63 / 1.44 - 1, 1, -1, 2 * (0.63 - 0.51) / 1.44 - 1]
    np.testing.assert_allclose(nea["activation"], activation, atol=1e-12)
    np.testing.assert_allclose(nea["valence"], valence, atol=1e-12)


def test_a_missing_or_broken_transcript_is_counted(miniature):
    root = miniature("emotiontts")
    texts = root / "Emotional" / "plain-to-emotional" / "ema" / "transcript"
    (texts / "ema00001.txt").unlink()
    (texts / "ema00105.txt").write_bytes(b"\xff\xfe\xff")

    dropped = load("emotiontts", root).dropped

    assert dropped[["utterance", "reason"]].to_numpy().tolist() == [
        ["ema00001", "no transcript"],
        ["ema00105", "no transcript"],
    ]


def test_a_number_beyond_the_four_emotions_is_no_label(miniature, hum):
    root = miniature("emotiontts")
    hum(root / "Emotional" / "plain-to-emotional" / "ema" / "wav" / "ema00401.wav")

    assert load("emotiontts", root).dropped[["utterance", "reason"]].to_numpy().tolist() == [
        ["ema00401", "no label"]
    ]


@pytest.mark.parametrize("root", [".", "..", "Emotional"])
def test_the_folder_itself_the_one_around_it_or_the_one_inside(miniature, root):
    assert len(EmotionTts().parse((miniature("emotiontts") / root).resolve()).rows) == 12
