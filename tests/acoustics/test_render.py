"""Rendering: the SNR by an independent measurement, no order or process in it, and odd waveforms."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.acoustics import PRESETS, AcousticOptions, Environment, build, conditions, render
from fedser.acoustics import render as rendering
from fedser.acoustics.microphone import linear_part
from fedser.acoustics.render import digest_of
from tests.acoustics import speech_level
from tests.acoustics.conftest import bursts

NOISY = [name for name, table in PRESETS.items() if "noise" in table]
REPOSITORY = Path(__file__).parents[2]


def speech_alone(waveform: np.ndarray, environment: Environment) -> np.ndarray:
    """Return speech after room and microphone by plain convolution in float64."""
    heard = waveform.astype(np.float64)
    if environment.room is not None:
        heard = np.convolve(heard, environment.room.load().astype(np.float64))[40 : 40 + len(waveform)]
    taps = linear_part(environment.options.microphone).taps
    return np.convolve(heard, taps)[len(taps) // 2 :][: len(waveform)]


def independent_snr_db(waveform, environment):
    """Return the active speech level over the power of what else is in the rendered waveform."""
    speech = speech_alone(waveform, environment)
    rest = render(waveform, environment)[0].astype(np.float64) - speech
    return 10 * np.log10(speech_level.active_power(speech) / np.mean(rest**2))


@pytest.fixture
def no_codec(monkeypatch):
    """The SNR is set before the telephone's codec, which adds an error of its own."""
    monkeypatch.setattr(sys.modules[rendering.__module__], "transmit", lambda waveform: waveform)


@pytest.mark.parametrize("name", NOISY)
def test_the_snr_of_every_preset_on_real_speech(name, presets, open_speech, no_codec):
    environment = presets[name]
    for waveform in open_speech[::3]:
        assert independent_snr_db(waveform, environment) == pytest.approx(environment.options.snr_db, abs=0.5)
        achieved = render(waveform, environment)[1]
        assert achieved.snr_db == pytest.approx(environment.options.snr_db, abs=0.01)
        assert achieved.rt60_s == environment.rt60_s


@pytest.mark.parametrize("name", NOISY)
def test_the_snr_of_every_preset_on_synthetic_signals(name, presets, synthetic, no_codec):
    environment = presets[name]
    assert independent_snr_db(synthetic[1], environment) == pytest.approx(environment.options.snr_db, abs=0.5)


@settings(max_examples=12)
@given(snr_db=st.floats(-30, 60), gain_db=st.floats(-60, 0), seed=st.integers(0, 5))
def test_any_snr_at_any_level(snr_db, gain_db, seed):
    pink = build("p", AcousticOptions.parse({"noise": "pink", "snr_db": snr_db}))
    waveform = np.float32(10 ** (gain_db / 20)) * bursts(seed, 0.8)
    noise = render(waveform, pink)[0].astype(np.float64) - waveform
    wanted = speech_level.active_power(waveform) * 10 ** (-snr_db / 10)
    assert 10 * np.log10(np.mean(noise**2) / wanted) == pytest.approx(0.0, abs=0.5)


def test_clean_is_the_very_waveform(presets, synthetic):
    heard, achieved = render(synthetic[0], presets["clean"])
    assert heard is synthetic[0]
    assert (achieved.snr_db, achieved.rt60_s) == (np.inf, 0.0)


@pytest.mark.parametrize("name", PRESETS)
def test_odd_waveforms_keep_their_length_and_are_finite(name, presets):
    for size in (1, 2, 3, 319, 399, 16001, 30 * 16000):
        for waveform in (bursts(2, 30.0)[:size], np.zeros(size, np.float32), np.full(size, 0.9, np.float32)):
            heard, achieved = render(waveform, presets[name])
            assert heard.shape == (size,)
            assert heard.dtype == np.float32
            assert np.isfinite(heard).all()
            assert not np.isnan(achieved.snr_db)


def test_silence_has_the_background_of_usual_speech(presets):
    heard, achieved = render(np.zeros(16000, np.float32), presets["street"])
    assert 10 * np.log10(np.mean(heard.astype(np.float64) ** 2)) == pytest.approx(-26 - 5, abs=1e-3)
    assert achieved.snr_db == -np.inf
    room = build("room", AcousticOptions.parse({"rt60_s": 0.2, "room": [4.0, 3.0, 2.4]}))
    assert not render(np.zeros(100, np.float32), room)[0].any()


def test_longer_than_the_bed_it_goes_round(presets):
    waveform = np.tile(bursts(0, 30.0), 3)
    noise = render(waveform, presets["street"])[0] - linear_part("collar").apply(waveform)
    size = len(presets["street"].bed())
    assert len(noise) > size
    np.testing.assert_allclose(noise[size:], noise[: len(noise) - size], atol=1e-6)
    assert noise.std() > 0.01


def test_the_gain_is_the_environments_not_the_utterances(presets):
    """Twice as loud is heard twice as loud: no automatic gain hides how somebody speaks."""
    quiet = bursts(3)
    for name in ("home", "office", "café", "street", "car"):
        environment = presets[name]
        soft = render(quiet, environment, np.random.default_rng(0))[0]
        loud = render(2 * quiet, environment, np.random.default_rng(0))[0]
        assert loud == pytest.approx(2 * soft, rel=1e-4, abs=1e-6)
        change_db = 20 * np.log10(speech_alone(quiet, environment).std() / quiet.std())
        assert abs(change_db) < 4


def test_nothing_is_clipped():
    loud = (0.95 / np.abs(bursts(0)).max() * bursts(0)).astype(np.float32)
    noisy = build("noisy", AcousticOptions.parse({"noise": "pink", "snr_db": -20.0}))
    assert np.abs(render(loud, noisy)[0]).max() > 1.5


def test_the_input_is_left_alone(presets, synthetic):
    before = synthetic[0].copy()
    for environment in presets.values():
        render(synthetic[0], environment)
    assert np.array_equal(before, synthetic[0])


def test_nothing_is_late(presets):
    """What is heard lines up with what was said, so that labels of moments still hold."""
    waveform = (0.1 * np.random.default_rng(0).standard_normal(16000)).astype(np.float32)
    for name, environment in presets.items():
        heard = render(waveform, environment)[0].astype(np.float64)
        shifts = np.arange(-40, 41)
        match = [np.roll(waveform, shift) @ heard for shift in shifts]
        assert abs(shifts[int(np.argmax(match))]) <= 2, name


def digests(environments, waveforms):
    return {
        name: [digest_of(render(each, environment)[0]) for each in waveforms]
        for name, environment in environments.items()
    }


def test_no_order_and_no_repetition_changes_anything(presets, synthetic):
    first = digests(presets, synthetic)
    again = digests(dict(reversed(presets.items())), synthetic[::-1])
    assert {name: values[::-1] for name, values in again.items()} == first
    assert len({value for values in first.values() for value in values}) == len(presets) * len(synthetic)


SCRIPT = """
import pickle, sys
from tests.acoustics.test_render import digests
environments, waveforms = pickle.load(sys.stdin.buffer)
print(digests(environments, waveforms))
"""


def test_another_process_hears_the_same(presets, synthetic):
    sent = pickle.dumps((presets, synthetic))
    assert len(pickle.dumps(presets)) < 10_000
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=sent, capture_output=True, check=True, cwd=REPOSITORY
    )
    assert there.stdout.decode().strip() == str(digests(presets, synthetic))


def test_made_anew_elsewhere_it_is_the_same(presets, synthetic, talkers, tmp_path, monkeypatch):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path))
    presets = {name: presets[name] for name in ("home", "café", "street")}
    anew = {name: build("other " + name, AcousticOptions.parse(name), talkers=talkers[::-1]) for name in presets}
    assert [each.settings for each in anew.values()] == [each.settings for each in presets.values()]
    assert digests(anew, synthetic) == digests(presets, synthetic)


def test_another_seed_is_another_place(presets, synthetic):
    for name in ("home", "street"):
        other = build(name, AcousticOptions.parse(name), seed=1)
        assert other.settings != presets[name].settings
        assert digests({"": other}, synthetic) != digests({"": presets[name]}, synthetic)


def test_as_it_degrades_the_same_stretch_gets_louder(presets):
    waveform = bursts(4)
    ramp = conditions("street", presets["street"].options, (10.0, 0.0))
    speech = linear_part("collar").apply(waveform)
    quiet, loud = (render(waveform, build(name, each))[0] - speech for name, each in ramp.items())
    assert loud == pytest.approx(np.sqrt(10) * quiet, abs=1e-5)


@pytest.mark.parametrize(
    "waveform",
    [np.zeros(0, np.float32), np.zeros((2, 5), np.float32), np.array([0, np.nan], np.float32), np.array([np.inf])],
)
@pytest.mark.parametrize("name", ["clean", "home"])
def test_what_is_no_waveform_is_refused(waveform, name, presets):
    with pytest.raises(ValueError, match="a waveform of finite samples"):
        render(waveform, presets[name])
