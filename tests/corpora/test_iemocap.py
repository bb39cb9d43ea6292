import pandas as pd
import pytest

from fedser.corpora import load
from fedser.corpora.iemocap.evaluations import read_evaluations
from fedser.errors import CorpusError
from tests.corpora.licensed_trees import IEMOCAP_HEADER, build_iemocap, write
from tests.corpora.worked_out import approximately, rows_of

NAN = float("nan")

# Order is valence, activation, dominance.
IMPRO01 = """
[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 3.5000, 2.5000]
C-E2:\tNeutral;\t()
C-F1:\tNeutral;\t(curious)
A-E3:\tval 3; act 2; dom  2;\t()
A-E4:\tval 2; act 5; dom  3;\t(mildly aggravated but staying polite; attitude)
A-F1:\tval 3; act 2; dom  1;\t()

[10.0100 - 11.3925]\tSes01F_impro01_M000\tfru\t[1.5000, 5.0000, 4.0000]
C-E2:\tFrustration; Anger;\t()
A-E3:\tval 1.5; act 5; dom  4;\t()

[12.0000 - 15.0000]\tSes01F_impro01_F001\txxx\t[3.0000, 1.0000, 2.5000]
A-E3:\tval 3; act 1; dom  2;\t()
A-E4:\tval 3; act ; dom  3;\t()

[16.0000 - 19.0000]\tSes01F_impro01_M001\tang\t[2.0000, 4.5000, 2.5000]
A-E3:\tval 2; act 4; dom  7;\t()
A-E4:\tval 2; act 5; dom  3;\t()

[20.0000 - 23.0000]\tSes01F_impro01_F002\tneu\t[4.5000, 2.0000, 2.5000]
A-E3:\tval 4; act 2; dom  2;\t()
A-F1:\tval ; act ; dom ;\t()

[24.0000 - 27.0000]\tSes01F_impro01_M002\thap\t[5.5000, 2.0000, 2.5000]
A-E3:\tval 5; act 2; dom  2;\t()

[28.0000 - 31.0000]\tSes01F_impro01_F003\tsad\t[1.0000, 2.0000, 2.5000]
A-E3:\tval 1; act 2; dom  2;\t()
A-F2:\tval 0; act 2; dom  2;\t()

[32.0000 - 34.9000]\tSes01F_impro01_M003\tsad\t[3.5000, 2.0000, 2.5000]
A-E3:\tval 3; act 2; dom  2;\t()

[36.0000 - 39.0000]\tSes01F_impro01_M004\tsad\t[4.9000, 2.0000, 2.5000]
A-E3:\tval 3; act 2; dom  2;\t()

[40.0000 - 43.0000]\tSes01F_impro01_M005\tsad\t[4.0000, 2.0000, 2.5000]
A-E3:\tval 3; act 2; dom  2;\t()
"""

SCRIPT = """
[-0.5000 - 8.0000]\tSes02M_script01_1b_FXX0\texc\t[4.5000, 3.0000, 3.0000]
A-E1:\tval 4; act 3; dom  3;\t()
A-M1:\tval 5; act 4; dom  2;\t()
"""

OTHERS = {
    "Ses03F_impro02": "[1.0 - 5.0]\tSes03F_impro02_M000\tneu\t[3.0000, 3.0000, 3.0000]\n",
    "Ses04M_impro03": "[1.0 - 5.0]\tSes04M_impro03_F012\tneu\t[2.0000, 4.0000, 3.0000]\n",
    "Ses05F_script02_1": "[1.0 - 5.0]\tSes05F_script02_1_F000\tneu\t[3.7500, 2.5000, 3.0000]\n"
    "\n[6.0 - 9.0]\tSes05F_script02_1_M041\tneu\t[2.2500, 1.5000, 3.0000]\n",
}

LABELS = {"Ses01F_impro01": IMPRO01, "Ses02M_script01_1b": SCRIPT, **OTHERS}

SPOKEN = {
    "Ses01F_impro01": [
        "Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me.",
        "Ses01F_impro01_M000 [010.0100-011.3925]: Do you have your forms?",
        "M: Yeah.",
        *(f"Ses01F_impro01_F00{n} [012.0000-015.0000]: Yeah." for n in (1, 2, 3, 4)),
        *(f"Ses01F_impro01_M00{n} [012.0000-015.0000]: Yes." for n in (1, 2, 3, 4)),
        "Ses01F_impro01_MXX0 [099.0000-099.5000]: [LAUGHTER]",
    ],
    "Ses02M_script01_1b": ["Ses02M_script01_1b_FXX0 [000.0000-008.0000]: What  do you\twant?"],
    "Ses03F_impro02": ["Ses03F_impro02_M000 [001.0000-005.0000]: Okay."],
    "Ses04M_impro03": ["Ses04M_impro03_F012 [001.0000-005.0000]: It's “fine”. [BREATHING]"],
    "Ses05F_script02_1": [
        "Ses05F_script02_1_F000 [001.0000-005.0000]: Chris: I'm not sleepy.",
        "Ses05F_script02_1_M041 [006.0000-009.0000]: Well?",
    ],
}

# Kept with ratings_checked = "all". Of those with labels in order, activation goes from 1.5 to 5, valence
# from 1.5 to 4.5; the partial and impossible ones do not count.
KEPT = [
    ("Ses01F_impro01_F000", "01F", "female", "train", 2 * 2.0 / 3.5 - 1, 2 * 1 / 3 - 1, "Excuse me."),
    ("Ses01F_impro01_M000", "01M", "male", "train", 1.0, -1.0, "Do you have your forms?"),
    ("Ses02M_script01_1b_FXX0", "02F", "female", "train", 2 * 1.5 / 3.5 - 1, 1.0, "What do you want?"),
    ("Ses03F_impro02_M000", "03M", "male", "train", 2 * 1.5 / 3.5 - 1, 0.0, "Okay."),
    ("Ses04M_impro03_F012", "04F", "female", "validation", 2 * 2.5 / 3.5 - 1, -2 / 3, "It's “fine”. [BREATHING]"),
    ("Ses05F_script02_1_F000", "05F", "female", "test", 2 * 1 / 3.5 - 1, 0.5, "Chris: I'm not sleepy."),
    ("Ses05F_script02_1_M041", "05M", "male", "test", -1.0, -0.5, "Well?"),
]

DROPPED = [
    ("Ses01F_impro01_F001", "train", "partial label"),
    ("Ses01F_impro01_F002", "train", "partial label"),
    ("Ses01F_impro01_F003", "train", "label out of range"),
    ("Ses01F_impro01_F004", "train", "no label"),
    ("Ses01F_impro01_M001", "train", "label out of range"),
    ("Ses01F_impro01_M002", "train", "label out of range"),
    ("Ses01F_impro01_M003", "train", "too short"),
    ("Ses01F_impro01_M004", "train", "unreadable"),
    ("Ses01F_impro01_M005", "train", "no transcript"),
]


MISSING = "1 file unreadable, the first Ses01F_impro01_M004.wav: no such file"


@pytest.fixture
def tree(tmp_path, hum):
    """IEMOCAP_full_release as it is shipped, with the shadow files that macOS left in it."""
    root = tmp_path / "IEMOCAP_full_release"
    for dialogue, text in LABELS.items():
        home = root / f"Session{dialogue[4]}"
        write(home / "dialog" / "EmoEvaluation" / f"{dialogue}.txt", [IEMOCAP_HEADER, text])
        write(home / "dialog" / "EmoEvaluation" / "Categorical" / f"{dialogue}_e2_cat.txt", ["[not a label]"])
        write(home / "dialog" / "transcriptions" / f"{dialogue}.txt", SPOKEN[dialogue])
        for turn in turns_in(text):
            hum(home / "sentences" / "wav" / dialogue / f"{turn}.wav", 0.9 if turn.endswith("M003") else 3.5)
    first = root / "Session1" / "sentences" / "wav" / "Ses01F_impro01"
    hum(first / "Ses01F_impro01_F004.wav")
    (first / "Ses01F_impro01_M004.wav").unlink()
    (first / "._Ses01F_impro01_F000.wav").write_bytes(b"\0")
    return root


def turns_in(text):
    return [line.split("\t")[1] for line in text.splitlines() if line.startswith("[")]


def test_the_whole_table_is_the_one_worked_out_by_hand(tree):
    corpus = load("iemocap", tree)

    assert rows_of(corpus) == approximately(KEPT)
    assert corpus.dropped.to_numpy().tolist() == [list(row) for row in DROPPED]
    assert corpus.table["path"].iloc[2] == str(
        tree / "Session2/sentences/wav/Ses02M_script01_1b/Ses02M_script01_1b_FXX0.wav"
    )
    assert corpus.table["duration_s"].tolist() == [3.5] * 7
    assert corpus.table["emotion"].tolist() == ["neu", "fru", "exc", "neu", "neu", "neu", "neu"]
    assert corpus.notes == (MISSING,)


def test_self_reports_are_extra_columns_on_their_own_scale(tree):
    table = load("iemocap", tree).table.set_index("utterance")

    reports = table[["self_report_activation", "self_report_valence"]].dropna()
    assert reports.to_dict("index") == {
        "Ses01F_impro01_F000": {"self_report_activation": 2.0, "self_report_valence": 3.0},
        "Ses02M_script01_1b_FXX0": {"self_report_activation": 4.0, "self_report_valence": 5.0},
    }


def test_with_self_reports_checked_only_the_raters_faults_do_not_matter(tree):
    corpus = load("iemocap", tree, ratings_checked="self-reports")

    table = corpus.table.set_index("utterance")
    # F001 is kept now, so that activation goes from 1 to 5.
    assert table.loc["Ses01F_impro01_F001", ["activation", "valence"]].tolist() == pytest.approx([-1, 0])
    assert table.loc["Ses01F_impro01_M001", ["activation", "valence"]].tolist() == pytest.approx([0.75, -2 / 3])
    assert set(table.index) - {row[0] for row in KEPT} == {"Ses01F_impro01_F001", "Ses01F_impro01_M001"}
    kept = {"Ses01F_impro01_F001", "Ses01F_impro01_M001"}
    assert corpus.dropped.to_numpy().tolist() == [list(row) for row in DROPPED if row[0] not in kept]


def test_one_merged_label_file_at_the_root_says_the_same(tree):
    each = load("iemocap", tree)
    text = "\n".join(LABELS.values())
    for folder in tree.glob("Session*/dialog/EmoEvaluation"):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        folder.rmdir()
    write(tree / "IEMOCAP_EmoEvaluation.txt", [IEMOCAP_HEADER, text])

    merged = load("iemocap", tree)

    pd.testing.assert_frame_equal(merged.table, each.table)
    pd.testing.assert_frame_equal(merged.dropped, each.dropped)


def test_of_two_sets_of_labels_those_of_the_sessions_are_taken_and_it_is_said(tree):
    write(tree / "IEMOCAP_EmoEvaluation.txt", ["nonsense"])

    corpus = load("iemocap", tree)

    assert rows_of(corpus) == approximately(KEPT)
    assert corpus.notes == (
        "labels of the sessions taken, IEMOCAP_EmoEvaluation.txt passed over",
        MISSING,
    )


def test_the_folder_around_it_will_do(tree):
    assert len(load("iemocap", tree.parent).table) == len(KEPT)


def test_theoretical_scaling_goes_from_1_to_5(tree):
    table = load("iemocap", tree, scaling="theoretical").table.set_index("utterance")

    assert table.loc["Ses01F_impro01_F000", ["activation", "valence"]].tolist() == pytest.approx([0.25, -0.25])


def test_the_limits_of_length_are_options(tree):
    corpus = load("iemocap", tree, min_duration_s=0.5, max_duration_s=15.0)

    assert "Ses01F_impro01_M003" in set(corpus.table["utterance"])


def test_no_labels_at_all_is_one_clear_error(tree):
    for path in tree.glob("Session*/dialog/EmoEvaluation/Ses*.txt"):
        path.unlink()

    with pytest.raises(CorpusError, match=r"no labels: neither Session1/dialog.* nor IEMOCAP_EmoEvaluation\.txt"):
        load("iemocap", tree)


TURN = "[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([TURN, TURN], r"a\.txt, line 3: Ses01F_impro01_F000 again; first in a\.txt, line 2"),
        ([TURN.replace("2.5000,", "2.5.0,", 1)], r"line 2: \[2\.5\.0, .*\] is not the mean valence, activation"),
        ([TURN.replace("2.5000,", "", 1)], "is not the mean valence, activation, dominance"),
        ([TURN.replace("_F000", "_X000")], r"line 2: .* is no turn; expected, for example, \[6\.2901"),
        ([TURN.replace("\tneu", "")], "is no turn"),
        ([TURN[:-1]], "is no turn"),
        (["A-E3:\tval 3; act 2; dom 2;\t()"], "line 2: .* belongs to no turn"),
        ([TURN, "A-X3:\tval 3; act 2; dom 2;\t()"], "line 3: .* is no rating"),
        ([TURN, "something else"], "line 3: .*something else"),
        ([TURN, *["A-F1:\tval 3; act 2; dom 2;\t()"] * 2], "line 4: a second self-report for Ses01F_impro01_F000"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(lines, said, tmp_path):
    (tmp_path / "a.txt").write_text("\n".join([IEMOCAP_HEADER, *lines]))

    with pytest.raises(CorpusError, match=said):
        read_evaluations([tmp_path / "a.txt"])


def test_a_comment_of_a_rater_in_another_encoding_does_no_harm(tmp_path):
    text = f"{TURN}\nA-E3:\tval 3; act 2; dom 2;\t(it\x92s fine)\n"
    (tmp_path / "a.txt").write_bytes(text.encode("latin-1"))

    assert [turn.activation for turn in read_evaluations([tmp_path / "a.txt"])] == [2.5]


def test_a_rating_that_is_no_number_makes_a_label_partial(tmp_path):
    (tmp_path / "a.txt").write_text(f"{TURN}\nA-E3:\tval 3x; act 2; dom 2;\t()\nA-E4:\tval 9; act 2; dom 2;\t()\n")

    assert [turn.rater_fault for turn in read_evaluations([tmp_path / "a.txt"])] == ["partial label"]


def test_a_miniature_for_others_is_complete(tmp_path):
    corpus = load("iemocap", build_iemocap(tmp_path / "iemocap"))

    assert corpus.table.groupby("split")["speaker"].nunique().to_dict() == {"test": 2, "train": 6, "validation": 2}
    assert len(corpus.table) == 100
    assert corpus.dropped.empty
    assert corpus.table["self_report_valence"].notna().sum() == 20
