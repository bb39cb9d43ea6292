"""The loaders on the real corpora, where those are at hand."""

import pytest

from fedser.corpora import corpora_in, count, load

# Utterances, speakers, and those of 1–30 s.
SIZES = {"ravdess": (1440, 24, 1440), "nemo": (1048, 9, 1048), "emotiontts": (300, 15, 300)}


@pytest.mark.parametrize("name", SIZES)
def test_the_numbers_of_utterances_and_speakers(open_data, name):
    utterances, speakers, kept = SIZES[name]
    corpus = load(name, open_data)

    assert len(corpus.table) == kept
    assert len(corpus.table) + len(corpus.dropped) == utterances
    assert set(corpus.dropped["reason"]) <= {"too short"}
    assert corpus.table["speaker"].nunique() == speakers
    assert corpus.table.groupby("speaker")["split"].nunique().max() == 1
    assert (corpus.table["transcript"] != "").all()
    assert count([corpus])["kept"].sum() == kept


def test_the_folder_of_a_corpus_gives_the_same_as_the_one_around_it(open_data):
    around, itself = load("ravdess", open_data), load("ravdess", open_data / "RAVDESS")

    assert around.table.equals(itself.table)


def test_genders_are_balanced_over_the_splits(open_data):
    table = load("ravdess", open_data).table
    speakers = table.drop_duplicates("speaker").groupby(["split", "gender"]).size()

    assert speakers.to_dict() == {
        ("train", "female"): 7,
        ("train", "male"): 7,
        ("validation", "female"): 3,
        ("validation", "male"): 2,
        ("test", "female"): 2,
        ("test", "male"): 3,
    }


def test_what_is_known_of_single_utterances(open_data):
    nemo = load("nemo", open_data).table.set_index("utterance").loc["WR0_happiness_86"]
    assert nemo["transcript"] == "Myślmy pozytywnie i skupmy się na dobrych rzeczach w naszym życiu."
    assert (nemo["speaker"], nemo["gender"], nemo["emotion"]) == ("WR0", "male", "happiness")
    emotiontts = load("emotiontts", open_data).table.set_index("utterance").loc["nea00002"]
    assert emotiontts["transcript"].startswith("주연 배우 캐스팅이")


def test_all_are_found(open_data):
    assert set(corpora_in(open_data)) == set(SIZES)
