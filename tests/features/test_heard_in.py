"""A corpus heard in an environment is another shelf of the store."""

import pickle

import numpy as np
import pytest

from fedser.acoustics import AcousticOptions, build, conditions, render
from fedser.features import FeatureStore, extract_acoustic
from fedser.features.heard_in import HeardIn, heard_in
from fedser.features.logmel import LogMel


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """Keep the tests' beds out of the user's cache."""
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path_factory.mktemp("cache")))


def environment(table, name="place"):
    return build(name, AcousticOptions.parse(table))


def test_it_encodes_what_is_heard(waveforms):
    street = environment("street")
    found = HeardIn(LogMel(), street).encode(waveforms)
    plain = LogMel().encode([render(waveform, street)[0] for waveform in waveforms])
    assert found.tobytes() == plain.tobytes()
    assert not np.allclose(found, LogMel().encode(waveforms), atol=0.1)


def test_batches_do_not_matter(waveforms):
    street = HeardIn(LogMel(), environment("street"))
    one_by_one = np.concatenate([street.encode([waveform]) for waveform in waveforms[::-1]])
    assert one_by_one[::-1].tobytes() == street.encode(waveforms).tobytes()
    assert street.encode([]).shape == (0, 160)


def test_it_is_like_the_encoder_in_all_else():
    inner, outer = LogMel(), HeardIn(LogMel(), environment("street"))
    for name in ("name", "dimension", "standardise", "in_workers"):
        assert getattr(outer, name) == getattr(inner, name)
    assert outer.settings["bands"] == 80
    assert "heard_in" not in inner.settings


def test_every_environment_has_a_shelf_of_its_own_but_the_clean_one(tmp_path):
    store = FeatureStore(tmp_path / "store")
    tables = [
        "street",
        {"preset": "street", "microphone": "far"},
        {"noise": "pink"},
        {"noise": "hum"},
        {"noise": "none"},
    ]
    ramp = conditions("street", AcousticOptions.parse("street"), (15.0, 10.0))
    places = [environment(table) for table in tables] + [build(name, each) for name, each in ramp.items()]
    encoders = [heard_in(LogMel(), place) for place in places]
    keys = [repr(sorted(encoder.settings.items())) for encoder in encoders]
    for encoder in [LogMel(), *encoders]:
        store.shelf(encoder)
    assert len(set(keys)) == len(keys)
    assert len(list(store.folder.glob("logmel-*"))) == len(keys)  # the clean one shares the plain encoder's


def test_clean_is_the_encoder_itself_by_any_name():
    inner = LogMel()
    assert heard_in(inner, environment("clean", "lab")) is inner
    assert heard_in(inner, environment({"preset": "home", "rt60_s": 0, "noise": "none"})) is inner


def test_a_name_is_no_reason_to_compute_again():
    assert (
        HeardIn(LogMel(), environment("street", "a")).settings
        == HeardIn(LogMel(), environment("street", "b")).settings
    )


def test_it_travels_light(waveforms):
    encoder = HeardIn(LogMel(), environment("street"))
    expected = encoder.encode(waveforms)
    luggage = pickle.dumps(encoder)
    assert len(luggage) < 2000
    assert pickle.loads(luggage).encode(waveforms).tobytes() == expected.tobytes()


def test_workers_change_nothing(recordings, tmp_path, importable):
    street = HeardIn(LogMel(), environment("street"))
    alone = extract_acoustic(recordings, street, FeatureStore(tmp_path / "one"))
    apart = extract_acoustic(recordings[::-1], street, FeatureStore(tmp_path / "two"), workers=2)
    assert not alone.failures
    assert alone.vectors().tobytes() == apart.vectors(np.arange(len(recordings))[::-1]).tobytes()
    plain = extract_acoustic(recordings, LogMel(), FeatureStore(tmp_path / "one"))
    assert not np.array_equal(plain.vectors(), alone.vectors())
