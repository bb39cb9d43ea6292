import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.corpora.omission import REASONS
from fedser.corpora.options import CorpusOptions
from fedser.corpora.selection import leaves_out_silent, select

DEFAULT = CorpusOptions()
NAN = float("nan")


def rows(**columns):
    n = max(len(values) for values in columns.values())
    whole = {"reason": [""] * n, "duration_s": [5.0] * n, "activation": [0.0] * n, "valence": [0.0] * n}
    return pd.DataFrame({**whole, "transcript": ["yes"] * n, **columns})


def reasons(table, label_range=None, **options):
    return select(table, label_range, CorpusOptions(**options)).reason.tolist()


def test_durations_of_exactly_the_ends_are_kept():
    examine = [np.nextafter(1, 0), 1.0, 30.0, np.nextafter(30, 31)]

    assert reasons(rows(duration_s=examine)) == ["too short", "", "", "too long"]


def test_the_limits_are_options():
    assert reasons(rows(duration_s=[1.9, 2.0, 15.0, 15.1]), min_duration_s=2, max_duration_s=15) == [
        "too short",
        "",
        "",
        "too long",
    ]


def test_one_missing_label_is_enough_to_be_left_out():
    table = rows(activation=[NAN, 0.0, 0.0], valence=[0.0, NAN, 0.0])

    assert reasons(table) == ["no label", "no label", ""]


def test_labels_at_the_ends_of_the_scale_are_inside_it():
    table = rows(activation=[1.0, 0.999, 7.0, 7.001, 4.0], valence=[1.0, 4.0, 7.0, 4.0, np.inf])

    assert reasons(table, (1, 7)) == ["", "label out of range", "", "label out of range", "label out of range"]


def test_infinite_labels_are_out_of_any_range():
    assert reasons(rows(valence=[np.inf, -np.inf, 1e300])) == ["label out of range", "label out of range", ""]


def test_the_first_reason_is_the_one_that_counts():
    table = rows(
        reason=["other partition", "label out of range", "partial label", "partial label", "", "", ""],
        duration_s=[NAN, NAN, 0.5, 0.5, 0.5, 0.5, 0.5],
        activation=[NAN, NAN, NAN, 9.0, 9.0, 4.0, 4.0],
        valence=[4.0] * 7,
        transcript=["", "", "", "", "", "", "yes"],
    )

    assert reasons(table, (1, 7)) == [
        "other partition",
        "unreadable",
        "no label",
        "partial label",
        "label out of range",
        "no transcript",
        "too short",
    ]


def test_utterances_that_fail_later_rules_still_define_the_scale():
    table = rows(
        duration_s=[0.5, 5.0, 99.0, NAN, 5.0],
        transcript=["yes", "", "yes", "yes", "yes"],
        valence=[0, 0, 0, 0, NAN],
    )

    assert select(table, None, DEFAULT).labelled.tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("rule", "some", "none"),
    [
        ("auto", ["", "no transcript"], ["", ""]),
        ("keep", ["", ""], ["", ""]),
        ("drop", ["", "no transcript"], ["no transcript", "no transcript"]),
    ],
)
def test_the_rules_for_missing_transcripts(rule, some, none):
    assert reasons(rows(transcript=["yes", ""]), missing_transcripts=rule) == some
    assert reasons(rows(transcript=["", ""]), missing_transcripts=rule) == none


def test_a_transcript_of_an_utterance_without_a_label_does_not_make_a_corpus_with_transcripts():
    assert reasons(rows(transcript=["yes", "", ""], valence=[NAN, 0.0, 0.0])) == ["no label", "", ""]


def test_labels_of_another_partition_define_the_scale_but_its_transcripts_do_not_count():
    table = rows(reason=["other partition", "other partition", ""], transcript=["yes", "yes", ""])
    table.loc[1, "valence"] = NAN

    left_out = select(table, None, DEFAULT)

    assert left_out.reason.tolist() == ["other partition", "other partition", ""]
    assert left_out.labelled.tolist() == [True, False, True]


def test_notes_say_what_is_kept_without_a_transcript():
    assert select(rows(transcript=["", ""]), None, DEFAULT).notes == ("no transcripts",)
    assert select(rows(transcript=["yes", "yes"]), None, DEFAULT).notes == ()
    kept = select(rows(transcript=["yes", ""]), None, CorpusOptions(missing_transcripts="keep"))
    assert kept.notes == ("utterances without a transcript: 1",)


CELLS = st.tuples(
    st.sampled_from([NAN, 0.0, 0.9, 1.0, 30.0, 31.0]),
    st.sampled_from([NAN, 0.0, 1.0, 7.0, 8.0, np.inf]),
    st.sampled_from(["", "yes"]),
    st.sampled_from(["", *REASONS]),
)


@given(st.lists(CELLS, min_size=1, max_size=20), st.sampled_from(["auto", "keep", "drop"]))
def test_what_is_kept_is_usable_and_input_is_untouched(cells, rule):
    duration_s, valence, transcript, reason = (list(column) for column in zip(*cells, strict=True))
    table = rows(
        duration_s=duration_s, valence=valence, transcript=transcript, reason=reason, activation=[4.0] * len(cells)
    )
    before = table.copy()

    left_out = select(table, (1, 7), CorpusOptions(missing_transcripts=rule))

    kept = table[left_out.reason == ""]
    assert kept["duration_s"].between(1, 30).all()
    assert kept["valence"].between(1, 7).all()
    assert rule == "keep" or (kept["transcript"] == "").all() or (kept["transcript"] == "yes").all()
    assert set(left_out.reason) <= {"", *REASONS}
    assert (kept["reason"] == "").all()
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("without", "of", "rule", "left_out"),
    [
        (1, 1000, "auto", True),
        (500, 1000, "auto", True),
        (501, 1000, "auto", False),
        (999, 1000, "auto", False),
        (1000, 1000, "auto", False),
        (999, 1000, "drop", True),
        (1, 1000, "keep", False),
    ],
)
def test_a_few_transcripts_cost_no_corpus_the_others(without, of, rule, left_out):
    assert leaves_out_silent(np.arange(of) < without, rule) == left_out
