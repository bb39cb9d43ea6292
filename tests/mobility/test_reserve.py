import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import ConfigError
from fedser.mobility import reserve_speakers


def spoken(sizes, utterances=3):
    """Speakers 0 … n − 1 of each group, their names the same in all groups."""
    rows = [(f"s{k}", group) for group, n in sizes.items() for k in range(n)] * utterances
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


@given(
    sizes=st.dictionaries(st.sampled_from("abc"), st.integers(1, 12), min_size=1),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 99),
)
def test_whole_speakers_in_proportion(sizes, share, seed):
    total = sum(sizes.values())
    if total < 2:
        return
    speakers, groups = spoken(sizes)
    reserve = reserve_speakers(speakers, share, seed, groups)

    assert sorted([*reserve.server, *reserve.owners]) == list(range(len(speakers)))
    who = [set(zip(groups[side], speakers[side], strict=True)) for side in (reserve.server, reserve.owners)]
    assert not who[0] & who[1]
    assert who[0]
    assert who[1]
    assert abs(len(who[0]) - total * share) <= (0.5 if 1 <= total * share <= total - 1 else 1)
    for group, size in sizes.items():
        assert abs(sum(name == group for name, _ in who[0]) - size * share) < 1


def test_without_groups_and_with_unknown_speakers():
    speakers = np.array(["a", "b", "", "c", "d", "a"])
    reserve = reserve_speakers(speakers, 0.5, seed=0)
    assert len(set(speakers[reserve.server])) == 2
    assert 2 not in [*reserve.server, *reserve.owners]
    assert {tuple(reserve_speakers(speakers, 0.5, seed).server) for seed in range(30)} != {tuple(reserve.server)}
    assert np.array_equal(reserve.server, reserve_speakers(speakers, 0.5, seed=0).server)


@pytest.mark.parametrize(
    ("speakers", "share", "message"),
    [
        (["a", "b"], 0.0, "share of speakers for the server: 0, but it must lie between 0 and 1"),
        (["a", "b"], 1.0, "1, but it must lie"),
        (["a", "b"], float("nan"), "nan, but it must lie"),
        (["a", "", "a"], 0.5, "1 training speaker, but the server's corpus and the owners need one each"),
        ([], 0.5, "0 training speakers"),
    ],
)
def test_bad_shares(speakers, share, message):
    with pytest.raises(ConfigError, match=message):
        reserve_speakers(np.array(speakers, dtype=str), share, seed=0)
