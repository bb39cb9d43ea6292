import numpy as np
import pytest

from fedser.corpora import load
from fedser.corpora.nemo import Nemo
from fedser.errors import CorpusError


def test_every_column_of_a_miniature(miniature):
    root = miniature("nemo")
    table = load("nemo", root).table

    assert table["utterance"].tolist() == sorted(
        f"{speaker}_{emotion}"
        for speaker in ("WR0", "EB0", "KS0", "SM0")
        for emotion in ("anger_0", "neutral_1", "surprised_2", "sadness_3")
    )
    anger, neutral, sadness, surprise = table[table["speaker"] == "WR0"].to_dict("records")
    assert anger["path"] == str(root / "samples" / "WR0_anger_0.flac")
    assert anger["transcript"] == '"To" „jest” "tak.'
    assert anger["gender"] == "male"
    assert [row["emotion"] for row in (anger, neutral, sadness, surprise)] == [
        "anger",
        "neutral",
        "sadness",
        "surprise",
    ]
    # Activation from −.27 to .67, valence from −.63 to .40.
    expected = [
        (2 * (0.59 + 0.27) / 0.94 - 1, 2 * (0.63 - 0.51) / 1.03 - 1),
        (2 * 0.27 / 0.94 - 1, 2 * 0.63 / 1.03 - 1),
        (-1, -1),
        (1, 1),
    ]
    labels = [(row["activation"], row["valence"]) for row in (anger, neutral, sadness, surprise)]
    np.testing.assert_allclose(labels, expected, atol=1e-12)


def test_blanks_around_speakers_are_gone(miniature):
    assert sorted(set(load("nemo", miniature("nemo")).table["speaker"])) == ["EB0", "KS0", "SM0", "WR0"]


def test_a_listed_utterance_without_its_file_is_counted_as_unreadable(miniature):
    root = miniature("nemo")
    (root / "samples" / "WR0_anger_0.flac").unlink()

    dropped = load("nemo", root).dropped

    assert dropped[["utterance", "reason"]].to_numpy().tolist() == [["WR0_anger_0", "unreadable"]]
    assert dropped["split"].iloc[0] == load("nemo", root).table.set_index("speaker").loc["WR0", "split"].iloc[0]


def test_audio_that_is_not_listed_is_left_out_and_said(miniature, hum):
    root = miniature("nemo")
    hum(root / "samples" / "WR0_fear_9.flac")

    corpus = load("nemo", root)

    assert len(corpus.table) == 16
    assert "audio files left out, not listed in data.tsv: 1" in corpus.notes


def test_an_emotion_without_a_norm_is_no_label(miniature):
    root = miniature("nemo")
    text = (root / "data.tsv").read_text(encoding="utf-8").replace("neutral\t", "pride\t")
    (root / "data.tsv").write_text(text, encoding="utf-8")

    assert load("nemo", root).dropped["reason"].tolist() == ["no label"] * 4


def test_the_folder_around_it_will_do(miniature):
    assert len(Nemo().parse(miniature("nemo").parent).rows) == 16


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no data.tsv beside the folder samples"),
        ("file_id\temotion\n1.wav\tanger\n", 'the column "raw_text" is missing'),
        ("", "holds no utterances"),
        ("a\tb\n1\t2\t3\n", "line 2: 3 values, but the header has 2"),
    ],
)
def test_a_broken_tsv_is_one_clear_error(miniature, content, said):
    root = miniature("nemo")
    (root / "data.tsv").unlink()
    if content is not None:
        (root / "data.tsv").write_text(content)

    with pytest.raises(CorpusError, match=said):
        load("nemo", root)
