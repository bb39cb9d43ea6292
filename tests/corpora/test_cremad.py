import pytest

from fedser.corpora import load
from fedser.corpora.cremad import Cremad
from fedser.errors import CorpusError


def test_every_column_of_a_miniature(miniature):
    root = miniature("cremad")
    table = load("cremad", root).table

    assert table["utterance"].tolist() == sorted(
        f"{actor}_{code}"
        for actor in (1001, 1002, 1003, 1004)
        for code in ("DFA_ANG_XX", "IEO_SAD_LO", "TIE_HAP_HI", "ITH_NEU_X")
    )
    anger, sadness, neutral, happiness = table[table["speaker"] == "1002"].to_dict("records")
    assert anger["path"] == str(root / "AudioWAV" / "1002_DFA_ANG_XX.wav")
    assert [row["transcript"] for row in (anger, sadness, neutral, happiness)] == [
        "Don't forget a jacket.",
        "It's eleven o'clock.",
        "I think I have a doctor's appointment.",
        "That is exactly what happened.",
    ]
    # Activation from .75 × −.27 (sad, low) to .59, valence from −.51 (angry) to .81.
    activation = [1, -1, 2 * 0.2025 / 0.7925 - 1, 2 * (0.51 + 0.2025) / 0.7925 - 1]
    valence = [-1, 2 * (0.51 - 0.4725) / 1.32 - 1, 2 * 0.51 / 1.32 - 1, 1]
    assert [row["activation"] for row in (anger, sadness, neutral, happiness)] == pytest.approx(activation)
    assert [row["valence"] for row in (anger, sadness, neutral, happiness)] == pytest.approx(valence)
    assert table.groupby("speaker")["gender"].first().to_dict() == {
        "1001": "male",
        "1002": "female",
        "1003": "female",
        "1004": "",
    }


def test_only_low_intensity_is_weaker(tmp_path, hum):
    for intensity in ("LO", "MD", "HI", "XX"):
        hum(tmp_path / "AudioWAV" / f"1001_DFA_FEA_{intensity}.wav")
    rows = Cremad().parse(tmp_path).rows.set_index("utterance")

    assert rows["activation"].to_dict() == {
        "1001_DFA_FEA_LO": 0.75 * 0.60,
        "1001_DFA_FEA_MD": 0.60,
        "1001_DFA_FEA_HI": 0.60,
        "1001_DFA_FEA_XX": 0.60,
    }


def test_without_demographics_genders_are_unknown_and_said(miniature):
    root = miniature("cremad")
    (root / "VideoDemographics.csv").unlink()

    corpus = load("cremad", root)

    assert set(corpus.table["gender"]) == {""}
    assert any("genders unknown" in note for note in corpus.notes)


def test_broken_demographics_are_one_clear_error(miniature):
    root = miniature("cremad")
    (root / "VideoDemographics.csv").write_text("Actor_ID,Sex\n1001,Male\n")

    with pytest.raises(CorpusError, match='"ActorID" is missing; is it "Actor_ID"'):
        load("cremad", root)


@pytest.mark.parametrize("root", [".", "AudioWAV"])
def test_the_folder_itself_or_the_one_inside(miniature, root):
    rows = Cremad().parse(miniature("cremad") / root).rows

    assert len(rows) == 16
    assert set(rows["gender"]) == {"female", "male", ""}


def test_the_folder_around_it_will_do(tmp_path, hum):
    hum(tmp_path / "CREMA-D" / "AudioWAV" / "1001_DFA_FEA_XX.wav")

    assert Cremad().parse(tmp_path).rows["utterance"].tolist() == ["1001_DFA_FEA_XX"]
