"""A place as a family of rooms: a test hears nothing that was heard in training, and seeds draw all anew."""

from itertools import combinations

import numpy as np
import pytest

from fedser.acoustics import AcousticOptions, build_family, render
from fedser.acoustics.recordings import Choice
from fedser.errors import ConfigError
from fedser.vocabulary import SPLITS

CAR = {"preset": "car", "rt60_s": 0.15}
"""The quickest room to build."""


def family(seed=0, table=None, **given):
    return build_family("place", AcousticOptions.parse(table or CAR), seed, **given)


def responses(members):
    return [member.room.load().tobytes() for member in members]


@pytest.fixture(scope="module")
def drawn():
    """Three training speakers and two of a test, for two seeds."""
    speakers = [("train", "a"), ("train", "b"), ("train", "c"), ("test", "d"), ("test", "e")]
    return [{key: family(seed).member(*key) for key in speakers} for seed in (0, 1)]


def test_every_speaker_has_a_room_of_their_own_and_every_seed_others(drawn):
    everything = responses([*drawn[0].values(), *drawn[1].values()])
    assert len(set(everything)) == len(everything) == 10


def test_a_room_sounds_like_the_place_but_not_quite(drawn):
    times = np.array([member.rt60_s for member in drawn[0].values()])
    assert (times > 0.15 / 1.3).all()
    assert (times < 0.15 * 1.3).all()
    assert times.std() > 0.005


def test_no_split_hears_the_noise_of_another(drawn):
    beds = [family(seed).backgrounds[split].digest for seed in (0, 1) for split in SPLITS]
    assert len(set(beds)) == 6
    for one, other in combinations([family().member(split, "x").bed().astype(np.float64) for split in SPLITS], 2):
        spectra = np.fft.rfft(one), np.fft.rfft(other)
        # The highest correlation at any shift: the same bed from another moment on would give 1.
        found = np.fft.irfft(spectra[0] * spectra[1].conj()) / len(one)
        assert np.abs(found).max() < 0.5


def test_the_same_seed_gives_the_same_samples(drawn, synthetic):
    again = family().member("test", "d")
    assert again.digest == drawn[0]["test", "d"].digest
    first, second = (render(synthetic[0], each)[0] for each in (again, drawn[0]["test", "d"]))
    assert first.tobytes() == second.tobytes()
    assert render(synthetic[0], drawn[0]["test", "e"])[0].tobytes() != first.tobytes()


def test_steps_of_a_ramp_share_their_rooms():
    quiet, loud = (family(table=CAR | {"snr_db": snr}).member("train", "a") for snr in (10, 0))
    assert quiet.room == loud.room
    assert quiet.background == loud.background
    assert quiet.digest != loud.digest


def test_babble_and_recordings_are_made_of_other_files_in_each_split(talkers, monkeypatch):
    taken = []
    draw = Choice.draw.__func__

    def spied(cls, paths, most, rng):
        taken.append(set(paths))
        return draw(cls, paths, most, rng)

    monkeypatch.setattr(Choice, "draw", classmethod(spied))
    folder = str(talkers[0].parent)
    for table in ({"noise": "babble"}, {"noise": "recordings", "recordings": folder}):
        taken.clear()
        family(table=table, talkers=talkers)
        assert [len(files) for files in taken] == [6, 3, 3]
        assert set.union(*taken) == set(talkers)
        assert not any(one & other for one, other in combinations(taken, 2))


def test_too_few_files_are_refused_in_one_line(talkers):
    with pytest.raises(ConfigError, match=r'"place": noise: "babble" is made of 2 files, .* rooms = "one"'):
        family(table={"noise": "babble"}, talkers=talkers[:2])
