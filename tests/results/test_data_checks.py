from types import SimpleNamespace

import pandas as pd
import pytest

from fedser.results.data_checks import data_checks
from fedser.results.data_tables import data_tables


def speech(environment="home", speakers=4, emotions=("anger", "fear"), corpus="x"):
    """Every speaker of each split says each emotion once, with labels of every level."""
    rows = [
        (
            environment,
            f"{split}{s}{e}",
            corpus,
            f"{split}{s}",
            "",
            split,
            2.0,
            e % 3 - 1.0,
            (e + s) % 3 - 1.0,
            emotion,
        )
        for split in ("train", "validation", "test")
        for s in range(speakers)
        for e, emotion in enumerate(emotions)
    ]
    names = [
        "environment",
        "utterance",
        "corpus",
        "speaker",
        "gender",
        "split",
        "duration_s",
        "activation",
        "valence",
        "emotion",
    ]
    return pd.DataFrame(rows, columns=names)


def told(*utterances, dropped=()):
    heard = pd.concat(utterances, ignore_index=True)
    lost = pd.DataFrame(dropped, columns=["environment", "utterance", "split", "reason"])
    places = tuple(dict.fromkeys(heard["environment"]))
    splits = pd.DataFrame(columns=["seed", "environment", "corpus", "speaker", "split"])
    return SimpleNamespace(utterances=heard, dropped=lost, splits=splits, seeds=(0,), environments=places)


def test_nothing_is_said_of_good_data():
    assert list(data_checks(told(speech(), speech("office", corpus="y")))) == []


def test_a_split_of_one_or_two_speakers():
    assert list(data_checks(told(speech(speakers=2)))) == [
        "home: speakers are few (train 2, validation 2, test 2): scores there are theirs, not other people's"
    ]
    three = speech(speakers=3)
    assert not list(data_checks(told(three)))
    one_left = three[(three["split"] != "test") | (three["speaker"] == "test0")]
    assert "speakers are few (test 1)" in next(data_checks(told(one_left)))


def test_a_split_without_a_class():
    calm = speech()
    calm = calm[(calm["split"] != "test") | (calm["emotion"] != "anger")]
    assert list(data_checks(told(calm))) == ["home: the test split has no utterance of anger"]


def test_a_split_without_a_level_where_there_are_no_categories():
    rated = speech(emotions=("a", "b", "c")).assign(emotion="")
    assert not list(data_checks(told(rated)))
    low = rated[(rated["split"] != "validation") | (rated["activation"] < 1)]
    assert list(data_checks(told(low))) == ["home: the validation split has no utterance of high activation"]


def test_what_was_left_out_is_counted_but_not_what_is_of_another_partition():
    lost = [("home", f"u{n}", "train", "too short") for n in range(48)] + [("home", "v", "", "other partition")]
    assert list(data_checks(told(speech(), dropped=lost))) == [
        "home: 48 of 72 utterances were left out (48 too short)"
    ]
    assert not list(data_checks(told(speech(), dropped=lost[-1:])))


def test_the_same_speech_in_several_places_is_told_once():
    run = told(speech(speakers=2), speech("office", speakers=2))
    assert [line.split(":")[0] for line in data_checks(run)] == ["all environments"]
    more = told(speech(speakers=2), speech("office", speakers=2), speech("café", speakers=2, corpus="y"))
    assert [line.split(":")[0] for line in data_checks(more)] == ["home, office", "café"]


def test_tables_count_classes_in_each_split_or_say_how_labels_spread():
    rated = speech("office", emotions=("a", "b", "c"), corpus="y").assign(emotion="")
    _, classes = data_tables(told(speech(), rated), "8")
    home, office = classes.blocks
    assert classes.key == "8b"
    assert home == (
        ("home", "speakers", "4", "4", "4"),
        ("", "utterances", "8", "8", "8"),
        ("", "anger", "4", "4", "4"),
        ("", "fear", "4", "4", "4"),
    )
    assert [row[:2] for row in office[2:]] == [("", "activation"), ("", "valence")]
    assert office[2][2] == ".00 ± .85 (−1.00 to 1.00)"


@pytest.mark.parametrize("places", [("home",), ("home", "office")])
def test_a_run_that_does_not_tell_has_no_tables(places):
    assert data_tables(SimpleNamespace(utterances=speech().iloc[:0], dropped=None, environments=places), "8") == ()
