import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedser.corpora import assembly
from fedser.corpora.loader import Parsed
from fedser.corpora.options import CorpusOptions
from fedser.errors import CorpusError

DEFAULT = CorpusOptions()
NAN = float("nan")


@pytest.fixture
def parsed(tmp_path, hum):
    """Rows of n utterances of n speakers with durations given, columns replaced or added at will."""
    path = hum(tmp_path / "all.wav")

    def rows(n=6, label_range=(1, 7), **columns):
        whole = {
            "utterance": [f"u{i}" for i in range(n)],
            "path": [str(path)] * n,
            "speaker": [f"s{i}" for i in range(n)],
            "activation": np.linspace(1, 7, n),
            "valence": np.linspace(7, 1, n),
            "duration_s": [5.0] * n,
        }
        return Parsed(pd.DataFrame({**whole, **columns}), label_range, ("a note",), "a licence")

    return rows


def assemble(name, rows, options):
    """The corpus with its speakers in the fixed division."""
    (corpus,) = assembly.assemble(name, rows, options)
    return corpus


def test_a_parser_may_leave_away_what_it_does_not_know(parsed):
    corpus = assemble("x", parsed(), DEFAULT)

    assert set(corpus.table["gender"]) == set(corpus.table["transcript"]) == {""}
    assert corpus.notes == ("a note", "no transcripts")
    assert corpus.licence == "a licence"
    assert corpus.dropped.empty


def test_splits_reasons_and_extras_of_a_parser_are_kept(parsed):
    corpus = assemble(
        "x",
        parsed(
            split=["train", "train", "validation", "test", "test", "train"],
            speaker=["a", "a", "", "b", "b", ""],
            reason=["", "label out of range", "", "", "", ""],
            dominance=[1, 2, 3, 4, 5, 6],
        ),
        DEFAULT,
    )

    assert corpus.table["split"].tolist() == ["train", "validation", "test", "test", "train"]
    assert corpus.table["dominance"].tolist() == [1, 3, 4, 5, 6]
    assert corpus.table.columns.tolist()[-1] == "dominance"
    assert corpus.dropped.to_numpy().tolist() == [["u1", "train", "label out of range"]]


def test_what_a_parser_gives_up_does_not_stretch_the_scale(parsed):
    corpus = assemble("x", parsed(reason=["label out of range", *[""] * 5]), DEFAULT)

    assert corpus.table["activation"].tolist() == pytest.approx(np.linspace(-1, 1, 5))


def test_the_scale_is_set_before_utterances_are_left_out_for_their_length(parsed):
    corpus = assemble("x", parsed(duration_s=[0.5, *[5.0] * 5]), DEFAULT)

    np.testing.assert_allclose(corpus.table["activation"], [-0.6, -0.2, 0.2, 0.6, 1], atol=1e-15)


def test_training_ends_are_those_of_training_speakers(parsed):
    splits = ["test", "train", "validation", "train", "train", "test"]
    corpus = assemble("x", parsed(split=splits), CorpusOptions(scaling="train"))

    # Training activations are 2.2, 4.6 and 5.8.
    expected = [-1, -1, 2 * 1.2 / 3.6 - 1, 2 * 2.4 / 3.6 - 1, 1, 1]
    np.testing.assert_allclose(corpus.table["activation"], expected, atol=1e-12)


def test_dropped_utterances_have_the_split_of_their_speaker(parsed):
    speakers = ["a", "a", "b", "c", "d", "e"]
    corpus = assemble("x", parsed(speaker=speakers, duration_s=[5.0, 0.5, 5.0, 5.0, 5.0, 40.0]), DEFAULT)

    of_a = corpus.table.set_index("speaker").loc["a", "split"]
    assert corpus.dropped.to_numpy().tolist() == [["u1", of_a, "too short"], ["u5", "", "too long"]]


def test_a_gender_known_for_one_utterance_holds_for_the_speaker(parsed):
    genders = ["female", "", "", "", "", "", "", "", "", ""]
    speakers = ["a", "a", "b", "c", "d", "e", "f", "g", "h", "i"]

    corpus = assemble("x", parsed(n=10, speaker=speakers, gender=genders), DEFAULT)

    assert corpus.table["gender"].tolist() == genders
    assert corpus.table.groupby("speaker")["split"].nunique().max() == 1


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(parsed, order):
    rows = parsed(n=12, speaker=[f"s{i % 5}" for i in range(12)])
    shuffled = Parsed(rows.rows.iloc[list(order)], rows.label_range)

    pd.testing.assert_frame_equal(assemble("x", rows, DEFAULT).table, assemble("x", shuffled, DEFAULT).table)


def test_the_rows_of_a_parser_are_left_as_they_are(parsed):
    rows = parsed()
    before = rows.rows.copy()

    assemble("x", rows, DEFAULT)

    pd.testing.assert_frame_equal(rows.rows, before)


def test_paths_become_absolute(parsed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    corpus = assemble(
        "x", parsed(path=["all.wav"] * 3 + ["./all.wav", "../" + tmp_path.name + "/all.wav", "all.wav"]), DEFAULT
    )

    assert set(corpus.table["path"]) == {str(tmp_path / "all.wav")}


def test_nothing_left_says_how_many_for_each_reason(parsed):
    rows = parsed(duration_s=[0.5, 0.5, 99.0, 5.0, 5.0, 5.0], valence=[4.0, 4.0, 4.0, NAN, NAN, 9.0])

    with pytest.raises(
        CorpusError,
        match="nothing is left of 6 utterances: 2 no label, 1 label out of range, 2 too short, 1 too long",
    ):
        assemble("x", rows, DEFAULT)


@pytest.mark.parametrize(("column", "value"), [("gender", "Female"), ("reason", "too dull")])
def test_a_parser_that_invents_words_is_a_defect(parsed, column, value):
    with pytest.raises(ValueError, match=value):
        assemble("x", parsed(**{column: [value] * 6}), DEFAULT)
