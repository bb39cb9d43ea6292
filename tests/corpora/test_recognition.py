import pandas as pd
import pytest

from fedser.corpora.corpus import Corpus
from fedser.corpora.omission import leave_out
from fedser.corpora.transcripts import with_recognised
from fedser.errors import CorpusError


def corpus(transcripts, notes=()):
    """Utterances a, b, c, … whose splits go round."""
    n = len(transcripts)
    table = pd.DataFrame(
        {
            "utterance": list("abcdefghi"[:n]),
            "split": [("train", "validation", "test")[k % 3] for k in range(n)],
            "transcript": transcripts,
        }
    )
    dropped = pd.DataFrame({"utterance": ["z"], "split": ["test"], "reason": ["too short"]})
    return Corpus("toy", table, dropped, notes, "free")


def test_words_go_where_there_were_none_and_what_is_silent_still_is_left_out():
    given = corpus(["own", "", "", "mine", "", ""], ("mapped", "utterances without a transcript: 4"))
    texts = {"b": "two", "c": "three", "e": "", "f": "six", "a": "never asked for"}
    found = with_recognised(given, texts, "openai/whisper-base", "auto")
    assert found.table[["utterance", "transcript"]].to_numpy().tolist() == [
        ["a", "own"],
        ["b", "two"],
        ["c", "three"],
        ["d", "mine"],
        ["f", "six"],
    ]
    assert found.table.index.tolist() == [0, 1, 2, 3, 4]
    assert found.dropped.to_numpy().tolist() == [["z", "test", "too short"], ["e", "validation", "no transcript"]]
    assert found.notes == ("mapped", "transcripts by openai/whisper-base: 3 of 6")
    assert given.table["transcript"].tolist() == ["own", "", "", "mine", "", ""], "the input is untouched"


@pytest.mark.parametrize(
    ("rule", "texts", "left", "notes"),
    [
        ("auto", {}, 4, ("no transcripts",)),
        ("keep", {}, 4, ("no transcripts",)),
        ("keep", {"a": "x"}, 4, ("transcripts by m: 1 of 4", "utterances without a transcript: 3")),
        ("auto", {"a": "x", "b": "y", "c": "z"}, 3, ("transcripts by m: 3 of 4",)),
        ("drop", {"a": "x", "b": "y", "c": "z", "d": "w"}, 4, ("transcripts by m: 4 of 4",)),
    ],
)
def test_the_rules_are_the_loaders(rule, texts, left, notes):
    found = with_recognised(corpus([""] * 4, ("no transcripts",)), texts, "m", rule)
    assert (len(found.table), found.notes) == (left, notes)
    assert len(found.dropped) == 5 - left


@pytest.mark.parametrize(("rule", "texts"), [("drop", {}), ("auto", {"a": "x", "b": "y"})])
def test_a_split_with_nothing_left_is_an_error(rule, texts):
    with pytest.raises(CorpusError, match=r"nothing is left of the \w+ split: \d utterances .* \(no transcript\)"):
        with_recognised(corpus([""] * 4), texts, "m", rule)


def test_leaving_nothing_out_changes_nothing():
    given = corpus(["x"] * 3)
    same = leave_out(given, [], "unreadable")
    pd.testing.assert_frame_equal(same.table, given.table)
    pd.testing.assert_frame_equal(same.dropped, given.dropped)
