import numpy as np
import pandas as pd
import pytest

from fedser.corpora.balance import BALANCED, Amounts, improve

FRACTIONS = {"train": 0.6, "validation": 0.2, "test": 0.2}

TABLE = pd.DataFrame(
    [("a", "female", "anger")] * 4 + [("b", "male", "anger")] * 2 + [("c", "", "fear")] * 3 + [("d", "male", "")],
    columns=["speaker", "gender", "emotion"],
)


def test_the_deviation_and_missing_classes_worked_out_by_hand():
    amounts = Amounts.of(TABLE, ["a", "b", "c", "d"], FRACTIONS)
    splits = np.array([0, 0, 1, 2])

    # Utterances: 6, 3, 1 of 10. Anger: all in train; fear: all in validation. Female: train; male: train, test.
    utterances = (0.0 + 0.1 + 0.1) / 2
    emotion = ((0.4 + 0.2 + 0.2) / 2 + (0.6 + 0.8 + 0.2) / 2) / 2
    gender = ((0.4 + 0.2 + 0.2) / 2 + (0.1 + 0.2 + 0.3) / 2) / 2
    assert amounts.deviation(splits) == pytest.approx((utterances + emotion + gender) / 3, abs=1e-12)
    assert amounts.missing(splits) == 4
    assert amounts.unavoidable() == 3  # anger has two speakers, fear one


@pytest.mark.parametrize("i", range(5))
def test_what_a_swap_would_give_is_what_it_gives(i):
    stream = np.random.default_rng(i)
    table = pd.DataFrame(
        [(f"s{stream.integers(5)}", "", stream.choice(["x", "y", "z"])) for _ in range(40)]
        + [(f"s{n}", "", "x") for n in range(5)],
        columns=["speaker", "gender", "emotion"],
    )
    amounts = Amounts.of(table, [f"s{n}" for n in range(5)], FRACTIONS)
    splits = np.array([0, 0, 0, 1, 2])
    after = amounts.after_swaps(splits, i)

    for j in range(5):
        swapped = splits.copy()
        swapped[[i, j]] = swapped[[j, i]]
        assert after[j] == (
            np.inf if splits[i] == splits[j] else pytest.approx(amounts.badness(swapped), abs=1e-8)
        )


def test_an_even_division_is_left_as_it_is():
    table = pd.DataFrame(
        {"speaker": [f"s{n}" for n in range(10)] * 2, "gender": "", "emotion": ["x"] * 10 + ["y"] * 10}
    )
    amounts = Amounts.of(table, [f"s{n}" for n in range(10)], FRACTIONS)
    splits = np.array([2, 0, 1, 0, 0, 2, 0, 1, 0, 0])

    assert amounts.deviation(splits) <= BALANCED
    assert improve(amounts, splits) is splits
