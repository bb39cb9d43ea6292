import pytest

from fedser.corpora import load
from fedser.corpora.emodb import EmoDb


def test_every_column_of_a_miniature(miniature):
    root = miniature("emodb")
    table = load("emodb", root).table

    assert table["utterance"].tolist() == sorted(
        f"{speaker}{code}" for speaker in ("03", "08", "09", "10") for code in ("a01Wa", "b10Lc", "a07Nb")
    )
    anger, neutral, boredom = table[table["speaker"] == "08"].to_dict("records")
    assert anger["path"] == str(root / "wav" / "08a01Wa.wav")
    assert anger["transcript"] == "Der Lappen liegt auf dem Eisschrank."
    assert neutral["transcript"] == "In sieben Stunden wird es soweit sein."
    assert boredom["transcript"] == "Die wird auf dem Platz sein, wo wir sie immer hinlegen."
    assert [row["emotion"] for row in (anger, neutral, boredom)] == ["anger", "neutral", "boredom"]
    # Activation from −.62 to .59, valence from −.65 to 0.
    assert [row["activation"] for row in (anger, neutral, boredom)] == pytest.approx([1, 2 * 0.62 / 1.21 - 1, -1])
    assert [row["valence"] for row in (anger, neutral, boredom)] == pytest.approx([2 * 0.14 / 0.65 - 1, 1, -1])
    assert table.groupby("speaker")["gender"].first().to_dict() == {
        "03": "male",
        "08": "female",
        "09": "female",
        "10": "male",
    }


def test_all_emotions_and_genders(tmp_path, hum):
    emotions = dict(
        zip("WLEAFTN", ("anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral"), strict=True)
    )
    for speaker in ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16"):
        for letter in emotions:
            hum(tmp_path / "wav" / f"{speaker}a02{letter}b.wav")
    rows = EmoDb().parse(tmp_path).rows

    assert {name[5]: emotion for name, emotion in zip(rows["utterance"], rows["emotion"], strict=True)} == emotions
    males = set(rows.loc[rows["gender"] == "male", "speaker"])
    assert males == {"03", "10", "11", "12", "15"}
    assert set(rows.loc[rows["gender"] == "female", "speaker"]) == {"08", "09", "13", "14", "16"}


@pytest.mark.parametrize("root", [".", "..", "wav"])
def test_the_folder_itself_the_one_around_it_or_the_one_inside(miniature, root):
    assert len(EmoDb().parse((miniature("emodb") / root).resolve()).rows) == 12
