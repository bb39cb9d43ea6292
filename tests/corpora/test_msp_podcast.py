import io

import numpy as np
import pandas as pd
import pytest
import soundfile

from fedser.corpora import load
from fedser.errors import ConfigError, CorpusError
from fedser.metrics import bin_levels
from fedser.protocol.environment import EnvironmentData, write_environment
from tests.corpora.licensed_trees import build_msp_podcast, write
from tests.corpora.worked_out import approximately, rows_of

LABELS = """FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
MSP-PODCAST_0001_0008.wav,N,3.0,5.0,2.6,30,Male,Train
MSP-PODCAST_0001_0019.wav,C,2.2,4.0,2.6,30,Male,Train
MSP-PODCAST_0002_0033.wav,A,7.0,1.0,6.2,Unknown,Unknown,Train
MSP-PODCAST_0003_0001.wav,H,5.0,6.4,4.0,007,Female,Validation
MSP-PODCAST_0003_0002.wav,X,4.0,3.0,4.0,007,Female,Development
MSP-PODCAST_0004_0001_0001.wav,S,1.6,2.0,3.0,Spkr_1,Female,Test1
MSP-PODCAST_0005_0001.wav,O,1.0,7.0,3.0,Spkr_2,Unknown,Test2
MSP-PODCAST_test3_0001.wav,X,,,,Unknown,Unknown,Test3
MSP-PODCAST_0006_0001.wav,X,NaN,4.0,4.0,31,Male,Train
MSP-PODCAST_0006_0002.wav,X,4.0,7.2,4.0,31,Male,Train
MSP-PODCAST_0006_0003.wav,X,4.0,4.2,4.0,31,Male,Train
MSP-PODCAST_0006_0004.wav,X,4.0,4.2,4.0,31,Male,Train
"""

# Activation and valence go from 1 to 7 with the Test2 utterance, which is not used itself.
KEPT = [
    ("MSP-PODCAST_0001_0008", "30", "male", "train", -1 / 3, 1 / 3, ""),
    ("MSP-PODCAST_0001_0019", "30", "male", "train", -0.6, 0.0, ""),
    ("MSP-PODCAST_0002_0033", "", "", "train", 1.0, -1.0, ""),
    ("MSP-PODCAST_0003_0001", "007", "female", "validation", 1 / 3, 0.8, ""),
    ("MSP-PODCAST_0003_0002", "007", "female", "validation", 0.0, -1 / 3, ""),
    ("MSP-PODCAST_0004_0001_0001", "Spkr_1", "female", "test", -0.8, -2 / 3, ""),
]

DROPPED = [
    ("MSP-PODCAST_0005_0001", "", "other partition"),
    ("MSP-PODCAST_0006_0001", "train", "no label"),
    ("MSP-PODCAST_0006_0002", "train", "label out of range"),
    ("MSP-PODCAST_0006_0003", "train", "too short"),
    ("MSP-PODCAST_0006_0004", "train", "unreadable"),
    ("MSP-PODCAST_0007_0001", "", "no label"),
    ("MSP-PODCAST_test3_0001", "", "other partition"),
]


MISSING = "1 file unreadable, the first MSP-PODCAST_0006_0004.wav: no such file"


@pytest.fixture
def tree(tmp_path, hum):
    """Release 1.8: labels_concensus.csv in the folder Labels, one file in stereo at 44.1 kHz, no transcripts."""
    root = tmp_path / "MSP-Podcast"
    write(root / "Labels" / "labels_concensus.csv", LABELS.splitlines())
    for name in pd.read_csv(io.StringIO(LABELS))["FileName"]:
        hum(root / "Audios" / name, 0.99 if name.endswith("6_0003.wav") else 3.0)
    soundfile.write(
        root / "Audios" / "MSP-PODCAST_0001_0019.wav", np.cos(np.arange(6 * 44100)).reshape(-1, 2) / 9, 44100
    )
    hum(root / "Audios" / "MSP-PODCAST_0007_0001.wav")
    (root / "Audios" / "MSP-PODCAST_0006_0004.wav").unlink()
    return root


def relabel(tree, old, new):
    path = tree / "Labels" / "labels_concensus.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_whole_table_is_the_one_worked_out_by_hand(tree):
    corpus = load("msp-podcast", tree)

    assert rows_of(corpus) == approximately(KEPT)
    assert corpus.dropped.to_numpy().tolist() == [list(row) for row in DROPPED]
    assert corpus.table["path"].iloc[0] == str(tree / "Audios" / "MSP-PODCAST_0001_0008.wav")
    assert corpus.table["duration_s"].tolist() == [3.0] * 6
    assert corpus.table["emotion"].tolist() == ["N", "C", "A", "H", "X", "S"]
    assert corpus.notes == ("no transcripts", MISSING)


@pytest.mark.parametrize("folder", ["Labels", "labels", "label", "."])
@pytest.mark.parametrize("name", ["labels_concensus.csv", "labels_consensus.csv"])
def test_every_place_and_spelling_of_the_labels_says_the_same(folder, name, tree):
    before = load("msp-podcast", tree)
    (tree / "Labels").rename(tree / "moved")
    (tree / folder).mkdir(exist_ok=True)
    (tree / "moved" / "labels_concensus.csv").rename(tree / folder / name)

    pd.testing.assert_frame_equal(load("msp-podcast", tree).table, before.table)


def test_transcripts_of_later_releases(tree):
    for name in ("0001_0008", "0001_0019", "0002_0033", "0003_0001", "0004_0001_0001", "0005_0001"):
        write(tree / "Transcripts" / f"MSP-PODCAST_{name}.txt", ["Words of", f" {name}. "])

    corpus = load("msp-podcast", tree)

    assert corpus.table["transcript"].iloc[0] == "Words of 0001_0008."
    assert ["MSP-PODCAST_0003_0002", "validation", "no transcript"] in corpus.dropped.to_numpy().tolist()


def test_another_test_set_by_option(tree):
    corpus = load("msp-podcast", tree, test="Test2")

    assert corpus.table.loc[corpus.table["split"] == "test", "utterance"].tolist() == ["MSP-PODCAST_0005_0001"]
    assert ["MSP-PODCAST_0004_0001_0001", "", "other partition"] in corpus.dropped.to_numpy().tolist()
    with pytest.raises(ConfigError, match="test should be 'Test1', 'Test2' or 'Test3', got 'test1'"):
        load("msp-podcast", tree, test="test1")


def test_a_speaker_in_two_of_the_corpus_own_splits_is_said_or_refused(tree):
    relabel(tree, "Spkr_1", "30")

    assert load("msp-podcast", tree).notes == (
        "speakers in more than one split: 1 (utterances: 3); the corpus' own splits are kept",
        "no transcripts",
        MISSING,
    )
    with pytest.raises(CorpusError, match='speaker "30" is in the splits test and train'):
        load("msp-podcast", tree, speaker_overlap="refuse")


def test_a_speaker_whose_other_split_is_left_out_is_in_one_split_only(tree):
    relabel(tree, "Spkr_2", "30")

    assert load("msp-podcast", tree, speaker_overlap="refuse").notes == ("no transcripts", MISSING)


def test_columns_are_known_by_their_names(tree):
    path = tree / "Labels" / "labels_concensus.csv"
    before = load("msp-podcast", tree)
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    cells["Extra"] = "a, b"
    cells[cells.columns[::-1]].to_csv(path, index=False)

    pd.testing.assert_frame_equal(load("msp-podcast", tree).table, before.table)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3.0,5.0", "3.0,5.o", r'labels_concensus\.csv, line 2: EmoVal "5\.o" is not a number'),
        ("30,Male", "30,Mael", 'line 2: Gender "Mael" is not Male, Female or Unknown'),
        (
            ",Train",
            ",Trian",
            'line 2: Split_Set "Trian" is no split; known: Train, Validation, Development, Test1',
        ),
        ("MSP-PODCAST_0001_0008.wav", "podcast.wav", 'line 2: FileName "podcast.wav" is no file of MSP-Podcast'),
        ("0001_0019", "0001_0008", 'lines 2 and 3: two utterances with the id "MSP-PODCAST_0001_0008"'),
        (",Male,Train", ",Male", "line 2: 7 values, but the header has 8 columns"),
        ("EmoAct", "EmoAkt", 'labels_concensus.csv: the column "EmoAct" is missing; is it "EmoAkt"'),
    ],
)
def test_a_line_that_cannot_be_read_is_named(old, new, said, tree):
    relabel(tree, old, new)

    with pytest.raises(CorpusError, match=said):
        load("msp-podcast", tree)


def test_no_label_file_is_one_clear_error(tree):
    (tree / "Labels" / "labels_concensus.csv").unlink()

    with pytest.raises(CorpusError, match=r"no labels: neither labels_consensus\.csv nor labels_concensus\.csv"):
        load("msp-podcast", tree)


@pytest.mark.parametrize("scaling", ["empirical", "theoretical", "train"])
def test_labels_on_the_edge_of_a_bin_stay_in_the_upper_one_down_to_the_protocol(scaling, tree, tmp_path):
    relabel(tree, "2.2,4.0", "1.0,7.0")  # so that the training labels reach both ends, too
    table = load("msp-podcast", tree, scaling=scaling).table
    vectors = np.zeros((len(table), 2), np.float32)
    write_environment(tmp_path / "P", "P", table, vectors, vectors)
    candidates = EnvironmentData.read(tmp_path / "P").candidates

    # By id: labels 3.0/5.0, 1.0/7.0 and 7.0/1.0; 3.0 is the first of mid, 5.0 the first of high.
    assert bin_levels(candidates.activation).tolist() == [1, 0, 2]
    assert bin_levels(candidates.valence).tolist() == [2, 2, 0]


def test_every_mean_of_ratings_from_1_to_7_keeps_its_bin_through_files(tree, tmp_path):
    """The bins of thirds, reckoned with integers: k/n is mid from 3 on, high from 5 on."""
    means = sorted({k / n for n in range(1, 13) for k in range(n, 7 * n + 1)})
    exact = [0 if k < 3 else 1 if k < 5 else 2 for k in means]
    rows = [f"MSP-PODCAST_9_{i:04}.wav,N,{mean!r},4.0,4.0,Unknown,Unknown,Train" for i, mean in enumerate(means)]
    write(tree / "Labels" / "labels_concensus.csv", [*LABELS.splitlines(), *rows])
    source = tree / "Audios" / "MSP-PODCAST_0001_0008.wav"
    for i in range(len(means)):
        (tree / "Audios" / f"MSP-PODCAST_9_{i:04}.wav").symlink_to(source)

    table = load("msp-podcast", tree).table
    table = table[table["utterance"].str.contains("_9_")]

    assert bin_levels(table["activation"]).tolist() == exact


def test_a_miniature_for_others_is_complete(tmp_path):
    for release, transcripts in (("1.8", False), ("1.12", True)):
        corpus = load("msp-podcast", build_msp_podcast(tmp_path / release, release=release))

        assert corpus.table.groupby("split").size().to_dict() == {"test": 10, "train": 35, "validation": 10}
        assert set(corpus.dropped["reason"]) == {"other partition"}
        assert (corpus.table["transcript"] != "").all() == transcripts
