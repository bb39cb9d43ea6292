"""A speaker split per seed: every draw is a fair division of its own; published splits are nobody's to draw."""

import numpy as np
import pandas as pd
import pytest

from fedser.corpora import load, load_divided
from fedser.corpora.balance import BALANCED_DRAW, Amounts
from fedser.corpora.options import SplitFractions
from fedser.corpora.splits import split_speakers
from fedser.vocabulary import SPLITS

DRAWS = range(20)
SHARES = SplitFractions()


@pytest.fixture(scope="module")
def nine():
    """Nine speakers of both genders, of different size, who say most things each: like nEMO."""
    rng = np.random.default_rng(4)
    rows = [
        (f"s{k}", ["female", "male"][k % 2], emotion)
        for k in range(9)
        for emotion in ("anger", "fear", "neutral")
        for _ in range(rng.integers(6, 14))
    ]
    return pd.DataFrame(rows, columns=["speaker", "gender", "emotion"])


def test_draws_differ_are_repeatable_and_are_not_the_fixed_division(nine):
    drawn = [split_speakers(nine, SHARES, draw) for draw in DRAWS]

    assert drawn == [split_speakers(nine.sample(frac=1, random_state=1), SHARES, draw) for draw in DRAWS]
    assert len({tuple(sorted(splits.items())) for splits in drawn}) >= 15
    tested = pd.Series([name for splits in drawn for name, split in splits.items() if split == "test"])
    assert set(tested) == set(nine["speaker"]), "everybody is a test speaker in some seed"


def test_every_draw_is_fair(nine):
    speakers = sorted(set(nine["speaker"]))
    amounts = Amounts.of(nine, speakers, SHARES.model_dump())
    for draw in DRAWS:
        splits = split_speakers(nine, SHARES, draw)
        places = np.array([SPLITS.index(splits[speaker]) for speaker in speakers])
        assert np.bincount(places).tolist() == [5, 2, 2]
        assert amounts.missing(places) == 0
        assert amounts.deviation(places) <= BALANCED_DRAW


def test_a_class_of_few_speakers_is_in_every_split_of_every_draw():
    rows = [(f"s{k}", "", "fear" if k < 3 else "neutral") for k in range(12)]
    table = pd.DataFrame(rows, columns=["speaker", "gender", "emotion"])
    for draw in DRAWS:
        splits = split_speakers(table, SHARES, draw)
        assert {splits[f"s{k}"] for k in range(3)} == set(SPLITS)


def test_a_corpus_is_read_once_and_only_splits_differ(miniature):
    root = miniature("ravdess")
    fixed, first, second = load_divided("ravdess", root, [None, 0, 5])

    assert (fixed.draw, first.draw, second.draw) == (None, 0, 5)
    pd.testing.assert_frame_equal(fixed.table, load("ravdess", root).table)
    pd.testing.assert_frame_equal(first.table.drop(columns="split"), second.table.drop(columns="split"))
    assert not first.table["split"].equals(second.table["split"])
    assert (second.table.groupby("speaker")["split"].nunique() == 1).all()


def test_labels_scaled_by_the_training_split_follow_it(tmp_path, hum):
    hum(tmp_path / "a.wav")
    lines = ["path,utterance,speaker,activation,valence"]
    lines += [f"a.wav,u{k},s{k},{k + 1},{k + 1}" for k in range(7)]
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n")
    for corpus in load_divided("manifest", tmp_path / "m.csv", DRAWS, scaling="train"):
        labels = corpus.table.loc[corpus.table["split"] == "train", "activation"]
        assert (labels.min(), labels.max()) == (-1, 1)


def test_published_splits_are_the_same_in_every_draw(miniature):
    corpora = load_divided("iemocap", miniature("iemocap"), [None, 0, 1])

    assert [corpus.draw for corpus in corpora] == [None] * 3
    assert corpora[0].table is corpora[2].table
