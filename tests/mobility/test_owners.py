import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import ConfigError
from fedser.mobility import share_out

counts_of_speakers = st.lists(st.integers(1, 12), min_size=1, max_size=8)


def spoken_by(counts, seed=0):
    """Utterances of speakers s0, s1, … in a mixed order."""
    names = np.repeat([f"s{k}" for k in range(len(counts))], counts)
    return np.random.default_rng(seed).permutation(names)


@given(counts=counts_of_speakers, least=st.integers(1, 3), seed=st.integers(0, 99), data=st.data())
def test_shares(counts, least, seed, data):
    room = [n // least for n in counts]
    if not sum(room):
        return
    devices = data.draw(st.integers(1, sum(room)))
    speakers = spoken_by(counts)
    shares = share_out(speakers, devices, seed, least)

    together = np.concatenate(shares)
    assert len(np.unique(together)) == len(together)
    assert all(len(share) >= least and (np.diff(share) > 0).all() for share in shares)
    owners = [set(speakers[share]) for share in shares]
    assert all(len(names) == 1 for names in owners)

    for k, n in enumerate(counts):
        theirs = [len(share) for share, names in zip(shares, owners, strict=True) if names == {f"s{k}"}]
        assert sum(theirs) in (0, n)
        assert not theirs or max(theirs) - min(theirs) <= 1
    # Even over speakers: nobody has two devices more than one who still had room for another.
    devices_of = [sum(names == {f"s{k}"} for names in owners) for k in range(len(counts))]
    with_room = [n for n, limit in zip(devices_of, room, strict=True) if n < limit]
    assert not with_room or max(devices_of) - min(with_room) <= 1


@given(devices=st.integers(1, 30), fewer=st.integers(1, 30), seed=st.integers(0, 99))
def test_a_device_has_the_same_owner_whatever_the_number_of_devices(devices, fewer, seed):
    speakers = spoken_by([12, 5, 30, 20])
    many, few = (share_out(speakers, n, seed) for n in (devices, fewer))
    for one, other in zip(many, few, strict=False):
        assert speakers[one[0]] == speakers[other[0]]


def test_fewer_devices_than_speakers_have_one_each_chosen_by_the_seed():
    speakers = spoken_by([6] * 10)
    chosen = {tuple(sorted({speakers[share[0]] for share in share_out(speakers, 4, seed)})) for seed in range(20)}
    assert all(len(names) == 4 for names in chosen)
    assert len(chosen) > 10
    assert all(len(share) == 6 for share in share_out(speakers, 4, 0))


def test_it_is_a_function_of_the_seed():
    speakers = spoken_by([30, 30])
    same, again, other = (share_out(speakers, 8, seed) for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(same, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(same, other, strict=True))


def test_shares_of_a_speaker_are_drawn_not_cut():
    """Cut in order, the first device would get the first session only."""
    first, _ = share_out(np.array(["a"] * 100), 2, seed=0)
    assert 30 < (first < 50).sum() * 2 < 70


def test_unknown_speakers_own_nothing():
    speakers = np.array(["", "a", "", "a", "b", "b"])
    assert sorted(np.concatenate(share_out(speakers, 2, seed=0)).tolist()) == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("speakers", "devices", "least", "message"),
    [
        (
            spoken_by([5, 1, 4]),
            5,
            2,
            "more devices than data: devices = 5, but 3 speakers with 10 utterances make 4 owners at 2 each",
        ),
        (spoken_by([5, 5]), 1, 6, "devices = 1, but 2 speakers with 10 utterances make 0 owners at 6 each"),
        (np.array(["", ""]), 1, 2, "0 speakers with . utterances make 0 owners"),
        (np.array([], dtype=str), 1, 2, "0 speakers with . utterances make 0 owners"),
    ],
)
def test_more_devices_than_data(speakers, devices, least, message):
    with pytest.raises(ConfigError, match=message) as error:
        share_out(speakers, devices, 0, least)
    assert "\n" not in str(error.value)
