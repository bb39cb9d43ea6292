import numpy as np
import pandas as pd

from fedser.corpora.classes import has_categories, label_classes


def labels(**columns):
    return pd.DataFrame({"activation": [-1.0, 0.0, 1.0], "valence": [0.5, np.nan, -0.4], **columns})


def test_levels_are_the_bins_of_the_uar_and_nothing_without_a_label():
    classes = label_classes(labels())

    assert classes.to_dict("list") == {"activation": ["low", "mid", "high"], "valence": ["high", "", "low"]}


def test_categories_come_first():
    assert label_classes(labels(emotion=["anger", "", "fear"])).columns.tolist() == [
        "emotion",
        "activation",
        "valence",
    ]


def test_one_word_or_free_text_is_no_category():
    many = pd.DataFrame({"emotion": [f"felt {n}" for n in range(40)]})

    assert not has_categories(labels(emotion=["", "anger", "anger"]))
    assert not has_categories(many)
    assert has_categories(labels(emotion=["", "anger", "fear"]))
