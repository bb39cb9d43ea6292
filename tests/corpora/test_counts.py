import pandas as pd

from fedser.corpora import Corpus, count, load
from fedser.corpora.omission import REASONS


def corpus(kept, dropped):
    return Corpus(
        "x",
        pd.DataFrame(kept, columns=["split", "speaker", "duration_s"]),
        pd.DataFrame(dropped, columns=["utterance", "split", "reason"], dtype=str),
        (),
        "",
    )


def test_what_is_kept_and_left_out_of_each_split():
    table = count(
        [
            corpus(
                [("train", "a", 3600.0), ("train", "a", 1800.0), ("train", "", 1800.0), ("test", "b", 36.0)],
                [
                    ("1", "train", "too short"),
                    ("2", "train", "too short"),
                    ("3", "test", "no label"),
                    ("4", "", "unreadable"),
                ],
            )
        ]
    )

    assert table.columns.tolist() == ["corpus", "split", "kept", "speakers", "hours", *REASONS]
    assert table[["corpus", "split", "kept", "speakers", "hours"]].to_numpy().tolist() == [
        ["x", "train", 3, 1, 2.0],
        ["x", "validation", 0, 0, 0.0],
        ["x", "test", 1, 1, 0.01],
        ["x", "?", 0, 0, 0.0],
    ]
    assert table["too short"].tolist() == [2, 0, 0, 0]
    assert table["no label"].tolist() == [0, 0, 1, 0]
    assert table["unreadable"].tolist() == [0, 0, 0, 1]
    assert table[list(REASONS)].to_numpy().sum() == 4


def test_corpora_come_in_the_order_given(miniature):
    corpora = [load(name, miniature(name)) for name in ("nemo", "emodb")]

    table = count(corpora)

    assert table["corpus"].tolist() == ["nemo"] * 3 + ["emodb"] * 3
    assert table.groupby("corpus")["kept"].sum().to_dict() == {"emodb": 12, "nemo": 16}


def test_no_corpus_is_an_empty_table():
    assert count([]).empty
