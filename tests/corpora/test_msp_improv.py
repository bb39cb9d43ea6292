import pandas as pd
import pytest

from fedser.corpora import load
from fedser.errors import CorpusError
from tests.corpora.licensed_trees import build_msp_improv, write
from tests.corpora.worked_out import approximately, rows_of

LABELS = """UTD-IMPROV-S01A-F01-P-FM01.avi; A; A:1.000000; V:1.250000; D:3.000000 ; N:3.600000;
WORKER00000005_1TWR; Angry; Angry,Disgusted,Other (sarcastic; annoyed); A:1.000000; V:1.000000; D:3.000000; N:4.0;
WORKER00000009_1AFN; Angry; ; A:1.000000; V:1.500000; D:NaN; N:NaN;

UTD-IMPROV-S05H-M01-R-MM12.avi; H; A:3.200000; V:4.750000; D:NaN ; N:NaN;
WORKER01; Happy; Happy; A:3.000000; V:5.000000; D:3.000000; N:4.000000;

UTD-IMPROV-S20N-F04-S-MF103.avi; N; A:5.000000; V:3.000000; D:3.000000 ; N:3.600000;

UTD-IMPROV-S01A-M05-T-FF01.avi; X; A:2.500000; V:2.0; D:3.000000 ; N:3.600000;

UTD-IMPROV-S13S-F06-P-MM02.avi; S; A:4.000000; V:2.125000; D:3.000000 ; N:3.600000;

UTD-IMPROV-S13S-M06-P-FM02.avi; S; A:0.500000; V:2.125000; D:3.000000 ; N:3.600000;

UTD-IMPROV-S13S-M06-P-FM03.avi; S; A:NaN; V:2.125000; D:3.000000 ; N:3.600000;

UTD-IMPROV-S13S-M06-P-FM04.avi; S; A:3.000000; V:2.125000; D:3.000000 ; N:3.600000;

UTD-IMPROV-S13S-M06-P-FM05.avi; S; A:3.000000; V:2.125000; D:3.000000 ; N:3.600000;

UTD-IMPROV-S13S-M06-P-FM06.avi; S; A:3.000000; V:5.000000; D:3.000000 ; N:3.600000;
"""

SPOKEN = {
    "S01A-F01-P-FM01": "How can I  not?",
    "S05H-M01-R-MM12": "Yes.",
    "S20N-F04-S-MF103": "It\x92s ten.",
    "S01A-M05-T-FF01": "No.",
    "S13S-F06-P-MM02": "Maybe.",
    "S13S-M06-P-FM06": "Perhaps.",
}

# Activation as written goes from 1 to 5 and is turned round; valence goes from 1.25 to 5, FM06, which is too
# long, included.
KEPT = [
    ("MSP-IMPROV-S01A-F01-P-FM01", "F01", "female", "train", 1.0, -1.0, "How can I not?"),
    ("MSP-IMPROV-S01A-M05-T-FF01", "M05", "male", "validation", 0.25, 2 * 0.75 / 3.75 - 1, "No."),
    ("MSP-IMPROV-S05H-M01-R-MM12", "M01", "male", "train", -0.1, 2 * 3.5 / 3.75 - 1, "Yes."),
    ("MSP-IMPROV-S13S-F06-P-MM02", "F06", "female", "test", -0.5, 2 * 0.875 / 3.75 - 1, "Maybe."),
    ("MSP-IMPROV-S20N-F04-S-MF103", "F04", "female", "train", -1.0, 2 * 1.75 / 3.75 - 1, "It’s ten."),
]

DROPPED = [
    ("MSP-IMPROV-S13S-M06-P-FM02", "test", "label out of range"),
    ("MSP-IMPROV-S13S-M06-P-FM03", "test", "no label"),
    ("MSP-IMPROV-S13S-M06-P-FM04", "test", "no transcript"),
    ("MSP-IMPROV-S13S-M06-P-FM05", "test", "unreadable"),
    ("MSP-IMPROV-S13S-M06-P-FM06", "test", "too long"),
    ("MSP-IMPROV-S13S-M06-P-FM07", "test", "no label"),
]


CORRUPT = (
    "1 file unreadable, the first MSP-IMPROV-S13S-M06-P-FM05.wav: not readable as audio (Format not recognised.)"
)


@pytest.fixture
def tree(tmp_path, hum):
    """The release: labels under its own spelling, audio and transcripts by session."""
    root = tmp_path / "MSP-IMPROV"
    root.mkdir()
    (root / "Evalution.txt").write_text(LABELS)
    codes = [
        line.split(".")[0].removeprefix("UTD-IMPROV-") for line in LABELS.splitlines() if line.startswith("UTD")
    ]
    for code in [*codes, "S13S-M06-P-FM07"]:
        sentence, speaker, scenario, turn = code.split("-")
        folder = root / "Audio" / f"session{speaker[2]}" / sentence / scenario
        hum(folder / f"MSP-IMPROV-{code}.wav", 31.0 if turn == "FM06" else 4.0)
        (folder / f"MSP-IMPROV-{code}.avi").touch()
    for path in root.rglob("*-M06-P-FM05.wav"):
        path.write_bytes(b"RIFF")
    say(root / "Human_transcriptions" / "All_human_transcriptions" / "session")
    return root


def say(folder):
    for code, words in SPOKEN.items():
        write(folder / f"MSP-IMPROV-{code}.txt", [])
        (folder / f"MSP-IMPROV-{code}.txt").write_bytes(words.encode("latin-1"))


def test_the_whole_table_is_the_one_worked_out_by_hand(tree):
    corpus = load("msp-improv", tree)

    assert rows_of(corpus) == approximately(KEPT)
    assert corpus.dropped.to_numpy().tolist() == [list(row) for row in DROPPED]
    assert corpus.table["path"].iloc[0] == str(tree / "Audio/session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav")
    assert corpus.table["emotion"].tolist() == ["A", "X", "H", "S", "N"]
    assert corpus.notes == (CORRUPT,)


def without_audio_folder(root):
    for session in (root / "Audio").iterdir():
        session.rename(root / session.name)
    (root / "Audio").rmdir()


def spelt_right(root):
    (root / "Evalution.txt").rename(root / "Evaluation.txt")


def transcripts_beside(root):
    (root / "Human_transcriptions" / "All_human_transcriptions").rename(root / "All_human_transcriptions")


def transcripts_as_text(root):
    (root / "Human_transcriptions").rename(root / "elsewhere")
    say(root / "Text")


@pytest.mark.parametrize("change", [without_audio_folder, spelt_right, transcripts_beside, transcripts_as_text])
def test_every_layout_says_the_same(change, tree):
    before = load("msp-improv", tree)
    change(tree)
    after = load("msp-improv", tree)

    pd.testing.assert_frame_equal(before.table.drop(columns="path"), after.table.drop(columns="path"))
    pd.testing.assert_frame_equal(before.dropped, after.dropped)


def test_the_folder_around_it_or_the_folder_audio_will_do(tree):
    whole = load("msp-improv", tree).table

    pd.testing.assert_frame_equal(load("msp-improv", tree.parent).table, whole)
    pd.testing.assert_frame_equal(load("msp-improv", tree / "Audio").table, whole)


def test_of_two_label_files_that_of_the_release_is_taken_and_it_is_said(tree):
    (tree / "Evaluation.txt").write_text("nonsense")

    assert load("msp-improv", tree).notes == (
        "labels of Evalution.txt taken, Evaluation.txt passed over",
        CORRUPT,
    )


def test_theoretical_scaling_turns_activation_round_within_1_to_5(tree):
    table = load("msp-improv", tree, scaling="theoretical").table.set_index("utterance")

    # Written as 3.2 for activation: 2.8 once turned round.
    assert table.loc["MSP-IMPROV-S05H-M01-R-MM12", ["activation", "valence"]].tolist() == pytest.approx(
        [-0.1, 0.875]
    )


def test_without_any_transcripts_all_are_kept_and_it_is_said(tree):
    (tree / "Human_transcriptions").rename(tree / "elsewhere")

    corpus = load("msp-improv", tree)

    assert "MSP-IMPROV-S13S-M06-P-FM04" in set(corpus.table["utterance"])
    assert corpus.notes == ("no transcripts", CORRUPT)


def test_no_label_file_is_one_clear_error(tree):
    (tree / "Evalution.txt").unlink()

    with pytest.raises(CorpusError, match=r"no labels: neither Evalution\.txt nor Evaluation\.txt in .*Audio or"):
        load("msp-improv", tree)


FIRST = LABELS.splitlines()[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("A:1.000000; V:1.25", "A:1.0.00; V:1.25", r"Evalution\.txt, line 1: a label of .* is not a number"),
        ("V:1.250000", "V:high", "line 1: a label of .* is not a number"),
        ("V:1.250000;", "", "line 1: .* is neither a turn nor a rater's line"),
        ("S01A-F01", "S01A-F07", "line 1: .* is neither a turn nor a rater's line"),
        (".avi", "", "line 1: .* is neither a turn nor a rater's line"),
        ("WORKER01; Happy;", "WORKER01", "line 6: .* is neither a turn nor a rater's line"),
        ("UTD-IMPROV-S05H-M01-R-MM12", "UTD-IMPROV-S01A-F01-P-FM01", "line 5: MSP-IMPROV-S01A-F01-P-FM01 again"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(old, new, said, tree):
    assert old in LABELS
    (tree / "Evalution.txt").write_text(LABELS.replace(old, new, 1))

    with pytest.raises(CorpusError, match=said):
        load("msp-improv", tree)


def test_a_miniature_for_others_is_complete(tmp_path):
    for number, options in enumerate([{}, {"audio_folder": False, "label_file": "Evaluation.txt"}]):
        corpus = load("msp-improv", build_msp_improv(tmp_path / str(number), **options))

        assert corpus.table.groupby("split")["speaker"].nunique().to_dict() == {
            "test": 2,
            "train": 8,
            "validation": 2,
        }
        assert len(corpus.table) == 120
        assert corpus.dropped.empty
        assert (corpus.table["transcript"] != "").all()
