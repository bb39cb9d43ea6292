import sys

import audformat
import pandas as pd
import pytest

from fedser.corpora import load
from fedser.errors import ConfigError, CorpusError
from tests.corpora.audformat_tree import FILES, add_files, add_labels, build_audformat, header, save
from tests.corpora.worked_out import approximately, rows_of

FIRST, SECOND = "Der Lappen.", "In sieben Stunden."

# Arousal goes up from 1 to 4 in halves, valence down from 7 to 1; the eighth file has no valence.
KEPT = [
    ("audio/001.wav", "s1", "female", "train", -1.0, 1.0, FIRST),
    ("audio/002.wav", "s1", "female", "train", -2 / 3, 2 / 3, SECOND),
    ("audio/003.wav", "s2", "male", "train", -1 / 3, 1 / 3, FIRST),
    ("audio/004.wav", "s2", "male", "train", 0.0, 0.0, SECOND),
    ("audio/005.wav", "s3", "female", "validation", 1 / 3, -1 / 3, FIRST),
    ("audio/006.wav", "s3", "female", "validation", 2 / 3, -2 / 3, SECOND),
    ("audio/007.wav", "s4", "", "test", 1.0, -1.0, FIRST),
]

FROM_TABLES = "splits: train from emotion.train; validation from emotion.dev; test from emotion.test"


@pytest.fixture
def database():
    return add_files(add_labels(header()))


@pytest.fixture
def labels():
    """One table of all labels, and no split anywhere."""
    database = header()
    table = audformat.Table(audformat.filewise_index(FILES))
    database["emotion"] = table
    for name, values in (("arousal", range(8)), ("valence", range(8, 0, -1))):
        table[name] = audformat.Column()
        table[name].set([float(value) for value in values])
    return add_files(database)


def test_the_whole_table_is_the_one_worked_out_by_hand(tmp_path):
    root = build_audformat(tmp_path / "db")
    corpus = load("audformat", root)

    assert rows_of(corpus) == approximately(KEPT)
    assert corpus.dropped.to_numpy().tolist() == [["audio/008.wav", "test", "no label"]]
    assert corpus.table["path"].iloc[0] == str(root / "audio" / "001.wav")
    assert corpus.licence == "CC-BY-4.0"
    assert corpus.notes == (FROM_TABLES,)


def test_the_ends_of_the_scale_are_those_of_the_schemes(database, tmp_path):
    table = load("audformat", save(database, tmp_path / "db"), scaling="theoretical").table

    assert table["activation"].tolist() == pytest.approx([-1 + n / 6 for n in range(7)])
    assert table["valence"].tolist() == pytest.approx([1 - n / 3 for n in range(7)])


def test_scales_of_their_own_are_put_on_one(database, tmp_path):
    database.schemes["arousal"].maximum = 9
    corpus = load("audformat", save(database, tmp_path / "db"), scaling="theoretical")

    assert corpus.table["activation"].tolist() == pytest.approx([-1 + n / 8 for n in range(7)])
    assert corpus.table["valence"].tolist() == pytest.approx([1 - n / 3 for n in range(7)])
    assert "activation and valence, rated on scales of their own, were put on one" in corpus.notes


def test_a_scale_without_ends_is_said_and_serves_the_labels_own_range(labels, tmp_path):
    root = save(labels, tmp_path / "db")

    assert "rating scale unknown: the database does not tell both its ends" in load("audformat", root).notes
    with pytest.raises(CorpusError, match="needs the ends of the rating scale"):
        load("audformat", root, scaling="theoretical")


def test_labels_off_the_scale_are_left_out_and_counted(labels, tmp_path):
    for name in ("arousal", "valence"):
        labels["emotion"][name].scheme_id = name  # 0 to 7 and 1 to 8, on a scale of 1 to 7

    corpus = load("audformat", save(labels, tmp_path / "db"))

    # The first file has both faults.
    assert corpus.dropped[["utterance", "reason"]].to_numpy().tolist() == [["audio/001.wav", "label out of range"]]


def test_without_splits_speakers_are_split(labels, tmp_path):
    table = load("audformat", save(labels, tmp_path / "db")).table

    assert table.groupby("speaker")["split"].nunique().tolist() == [1] * 4
    assert set(table["split"]) == {"train", "validation", "test"}


def test_splits_of_a_column(labels, tmp_path):
    names = ["train"] * 4 + ["devel"] * 2 + ["test", "unused"]
    labels["files"]["subset"] = audformat.Column()
    labels["files"]["subset"].set(names)

    corpus = load("audformat", save(labels, tmp_path / "db"))

    assert corpus.table["split"].tolist() == ["train"] * 4 + ["validation"] * 2 + ["test"]
    assert corpus.dropped.to_numpy().tolist() == [["audio/008.wav", "", "other partition"]]


def test_splits_and_genders_of_a_table_of_speakers(labels, tmp_path):
    index = pd.Index(["s1", "s2", "s3", "s4"], name="speaker", dtype="string")
    labels["speakers"] = audformat.MiscTable(index)
    for name, values in (("sex", ["male", "female", "child", None]), ("split", ["train", "dev", "test", "train"])):
        labels["speakers"][name] = audformat.Column()
        labels["speakers"][name].set(values)
    labels.schemes["who"] = audformat.Scheme("str", labels="speakers")
    labels["files"]["speaker"].scheme_id = "who"

    table = load("audformat", save(labels, tmp_path / "db")).table

    assert table["split"].tolist() == ["train"] * 2 + ["validation"] * 2 + ["test"] * 2 + ["train"] * 2
    assert table["gender"].tolist() == ["male"] * 2 + ["female"] * 2 + [""] * 4


def test_names_of_splits_by_option(database, tmp_path):
    database.splits["test-1"] = audformat.Split("other")
    database["emotion.dev"].split_id = "test-1"
    root = save(database, tmp_path / "db")

    table = load("audformat", root, splits={"test-1": "test", "test": "validation"}).table

    assert table["split"].tolist() == ["train"] * 4 + ["test"] * 2 + ["validation"]


def test_a_split_that_is_not_wanted(database, tmp_path):
    # The name of the table would do as well, but its split id comes first.
    with pytest.raises(CorpusError, match="nothing is left of the validation split"):
        load("audformat", save(database, tmp_path / "db"), splits={"dev": ""})


def test_a_table_of_all_beside_those_of_the_splits(database, tmp_path):
    everything = audformat.Table(audformat.filewise_index(["audio/000.wav", *FILES[:7]]))
    database["emotion"] = everything
    for name, values in (("arousal", [7, *(1 + n / 2 for n in range(7))]), ("valence", [4, *range(7, 0, -1)])):
        everything[name] = audformat.Column(scheme_id=name)
        everything[name].set([float(value) for value in values])

    corpus = load("audformat", save(database, tmp_path / "db"))

    assert corpus.table["utterance"].tolist() == FILES[:7]
    assert corpus.dropped.to_numpy().tolist() == [
        ["audio/000.wav", "", "other partition"],
        ["audio/008.wav", "test", "no label"],
    ]


def test_columns_by_option(database, tmp_path):
    files = database["files"]
    files["mood"] = audformat.Column()
    files["mood"].set([float(n) for n in range(8)])
    columns = {"activation": "files.mood", "transcript": "speaker"}

    corpus = load("audformat", save(database, tmp_path / "db"), columns=columns)

    assert corpus.table["activation"].tolist() == pytest.approx([-1 + n / 3 for n in range(7)])
    assert corpus.table["transcript"].tolist() == ["s1", "s1", "s2", "s2", "s3", "s3", "s4"]
    assert corpus.table["split"].tolist() == [row[3] for row in KEPT]


def test_labels_of_one_table_only_by_option(database, tmp_path):
    columns = {"activation": "emotion.train.arousal", "valence": "emotion.train.valence"}

    with pytest.raises(CorpusError, match="nothing is left of the validation and test split"):
        load("audformat", save(database, tmp_path / "db"), columns=columns)


def test_tables_of_whole_files_with_a_segmented_index(labels, tmp_path):
    before = load("audformat", save(labels, tmp_path / "one")).table
    table = audformat.Table(audformat.segmented_index(FILES, [0] * 8, [pd.NaT] * 8))
    old = labels["emotion"]
    new = audformat.Table(table.index)
    labels.drop_tables("emotion")
    labels["emotion"] = new
    for name in ("arousal", "valence"):
        new[name] = audformat.Column()
        new[name].set(old.df[name].tolist())

    after = load("audformat", save(labels, tmp_path / "two")).table

    pd.testing.assert_frame_equal(before.drop(columns="path"), after.drop(columns="path"))


def test_labels_of_segments_are_refused(tmp_path):
    database = header()
    database["emotion"] = audformat.Table(audformat.segmented_index(FILES[:2], ["0s", "1s"], ["1s", "2s"]))
    for name in ("arousal", "valence"):
        database["emotion"][name] = audformat.Column(scheme_id=name)
        database["emotion"][name].set([2.0, 3.0])

    with pytest.raises(
        CorpusError, match="the activation is given for segments of files, in emotion; fedser takes"
    ):
        load("audformat", save(database, tmp_path / "db"))


def test_words_of_segments_are_no_transcripts_of_files(labels, tmp_path):
    del labels["files"].columns["transcription"]
    labels["words"] = audformat.Table(audformat.segmented_index(FILES[:2], ["0s", "1s"], ["1s", "2s"]))
    labels["words"]["text"] = audformat.Column()
    labels["words"]["text"].set(["yes", "no"])
    root = save(labels, tmp_path / "db")

    assert "no transcripts" in load("audformat", root).notes
    with pytest.raises(CorpusError, match="the transcript is given for segments of files, in words"):
        load("audformat", root, columns={"transcript": "text"})


def test_two_tables_that_disagree_are_refused(database, tmp_path):
    database["files"]["valence"] = audformat.Column(scheme_id="valence")
    database["files"]["valence"].set([7.0, 6.0, 2.0, 4.0, 3.0, 2.0, 1.0, 1.0])

    with pytest.raises(
        CorpusError, match=r'audio/003.wav has the valence "5.0" in the table emotion.train, "2.0" in'
    ):
        load("audformat", save(database, tmp_path / "db"))


def test_a_file_in_two_splits_is_refused(database, tmp_path):
    database["emotion.dev"].extend_index(audformat.filewise_index(FILES[:1]), inplace=True)
    database["emotion.dev"]["arousal"].set([1.0], index=audformat.filewise_index(FILES[:1]))

    with pytest.raises(CorpusError, match=r"audio/001.wav is in the tables of two splits"):
        load("audformat", save(database, tmp_path / "db"))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"activation": "mood"}, 'columns: activation = "mood" is in no table; there are: emotion.dev.arousal,'),
        ({"valence": "files.speaker"}, "the valence in the table files is not numeric"),
    ],
)
def test_columns_that_will_not_do(columns, said, database, tmp_path):
    with pytest.raises(CorpusError, match=said):
        load("audformat", save(database, tmp_path / "db"), columns=columns)


def test_no_column_of_a_usual_name(tmp_path):
    with pytest.raises(
        CorpusError, match='no column "activation" or "arousal"; say which one it is with columns ='
    ):
        load("audformat", save(add_files(header()), tmp_path / "db"))


def test_wrong_options_are_refused():
    with pytest.raises(ConfigError, match='unknown key "arousal"'):
        load("audformat", "anywhere", columns={"arousal": "a"})
    with pytest.raises(ConfigError, match="should be 'train', 'validation', 'test' or ''"):
        load("audformat", "anywhere", splits={"dev": "valid"})


@pytest.mark.parametrize(
    "content", ["", "name: [", "tables: {a: 1}", "\0", "name: x\ntables: {a: {type: filewise}}\n"]
)
def test_a_broken_header_is_one_clear_error(content, tmp_path):
    (tmp_path / "db.yaml").write_text(content)

    with pytest.raises(CorpusError, match="not readable as an audformat database: ") as caught:
        load("audformat", tmp_path)

    assert "\n" not in str(caught.value)


def test_a_folder_without_a_header_is_one_clear_error(tmp_path):
    with pytest.raises(CorpusError, match=r"no db\.yaml here; expected the folder of an audformat database"):
        load("audformat", tmp_path)


def test_without_the_package_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    root = build_audformat(tmp_path / "db")
    monkeypatch.setitem(sys.modules, "audformat", None)

    with pytest.raises(CorpusError, match=r"pip install 'fedser\[audformat\]'"):
        load("audformat", root)
