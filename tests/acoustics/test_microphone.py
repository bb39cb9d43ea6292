"""Microphones, by their spectra."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.acoustics import AcousticOptions, build, render
from fedser.acoustics.microphone import MICROPHONES, linear_part, transmit


def outside_the_band_db(sound, low_hz=300, high_hz=3400):
    """Return the energy outside a band over that inside."""
    power = np.abs(np.fft.rfft(sound.astype(np.float64) * np.hanning(len(sound)))) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / 16000)
    inside = (hz >= low_hz) & (hz <= high_hz)
    return 10 * np.log10(power[~inside].sum() / power[inside].sum())


def test_the_telephones_band_on_white_noise():
    phone = build("line", AcousticOptions.parse({"microphone": "phone"}))
    white = (0.1 * np.random.default_rng(0).standard_normal(48000)).astype(np.float32)
    heard = render(white, phone)[0]
    assert outside_the_band_db(heard) < -30
    assert outside_the_band_db(white) > 0
    inside = linear_part("phone").apply(white)
    assert np.mean(heard**2) == pytest.approx(np.mean(inside**2), rel=0.05)


@pytest.mark.parametrize("gain", [1e-2, 1.0, 10.0])
def test_the_telephones_band_on_speech_however_loud(open_speech, presets, gain):
    for waveform in open_speech[:4]:
        heard = render(np.float32(gain) * waveform, presets["phone"])[0]
        assert outside_the_band_db(heard) < -30


def test_the_codec_has_eight_bits_and_a_steady_ratio():
    tone = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    for level_db in (-3, -20, -40):
        sent = 10 ** (level_db / 20) * tone
        error = (transmit(sent) - sent)[1000:-1000]
        # G.711 on sines: 33 to 40 dB over this range.
        assert 30 < 10 * np.log10(np.mean(sent**2) / np.mean(error**2)) < 45
    assert np.max(np.abs(transmit(10.0 * tone))) < 1.5  # a square wave without its harmonics


@given(size=st.integers(1, 50))
def test_the_codec_takes_any_length(size):
    assert transmit(np.full(size, 0.3)).shape == (size,)
    assert not transmit(np.zeros(size)).any()


@pytest.mark.parametrize("name", ["collar", "far"])
def test_gains_are_those_of_the_table(name):
    response = linear_part(name)
    for hz, gain_db in MICROPHONES[name].gains_db[1:]:
        wave = np.exp(-2j * np.pi * hz * np.arange(len(response.taps)) / 16000)
        # A corner is rounded by the filter's length.
        assert 20 * np.log10(abs(response.taps @ wave)) == pytest.approx(gain_db, abs=1.5)


def test_nothing_is_late():
    click = np.zeros(2001, dtype=np.float32)
    click[1000] = 1.0
    for name in MICROPHONES:
        assert int(np.argmax(np.abs(linear_part(name).apply(click)))) == 1000
