"""Utterances that are each heard in a room of their own: the same numbers as there alone, computed once."""

import numpy as np
import pytest

from fedser import audio
from fedser.acoustics import AcousticOptions, build, build_family, render
from fedser.features import FeatureStore
from fedser.features.each_heard_in import extract_each
from tests.features.toy_encoders import Slow


class Counted(Slow):
    heard = 0

    def encode(self, waveforms):
        self.heard += len(waveforms)
        return super().encode(waveforms)


@pytest.fixture
def rooms(tmp_path, monkeypatch):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    family = build_family("street", AcousticOptions.parse("street"), 0)
    return [family.member(split, "a") for split in ("train", "test")]


def test_each_is_heard_where_it_is_said_and_only_once(tmp_path, recordings, rooms):
    store, encoder = FeatureStore(tmp_path / "store"), Counted(0)
    paths = recordings[:6]
    there = [rooms[k % 2] for k in range(6)]
    found = extract_each(paths, there, encoder, store).vectors()
    alone = [Slow(0).encode([render(audio.read(p), room)[0]])[0] for p, room in zip(paths, there, strict=True)]
    assert found.tobytes() == np.array(alone).tobytes()
    assert encoder.heard == 6
    # Other rooms are other numbers; what was heard before is not heard again, in whatever order.
    swapped = extract_each(paths[::-1], [rooms[0]] * 6, encoder, store).vectors()
    assert encoder.heard == 9
    assert (swapped[::-1][::2] == found[::2]).all()
    assert (swapped[::-1][1::2] != found[1::2]).any(axis=1).all()


def test_unreadable_files_are_told_and_a_silent_place_is_one_of_the_rooms(tmp_path, recordings, rooms):
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    quiet = build("quiet", AcousticOptions.parse("clean"))
    paths = [recordings[0], tmp_path / "broken.wav", recordings[0]]
    found = extract_each(paths, [quiet, quiet, rooms[0]], Slow(0), FeatureStore(tmp_path / "store"))
    assert list(found.failures) == [1]
    plain = Slow(0).encode([audio.read(recordings[0])])[0]
    assert (found.vectors([0])[0] == plain).all()
    assert (found.vectors([2])[0] != plain).any()
