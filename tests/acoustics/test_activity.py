"""The active speech level against the standard's own procedure, and against arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.acoustics import active_power
from tests.acoustics import speech_level


def decibels(power):
    return 10 * np.log10(power)


def test_real_speech_as_the_standard_measures_it(open_speech):
    for waveform in open_speech[::2]:
        found = decibels(active_power(waveform))
        assert found == pytest.approx(decibels(speech_level.active_power(waveform)), abs=0.2)
        assert found > decibels(np.mean(waveform.astype(np.float64) ** 2))


def test_synthetic_speech_as_the_standard_measures_it(synthetic):
    for waveform in synthetic:
        found = decibels(active_power(waveform))
        assert found == pytest.approx(decibels(speech_level.active_power(waveform)), abs=0.2)


def test_pauses_do_not_count():
    tone = 0.1 * np.sin(2 * np.pi * 300 * np.arange(16000) / 16000)
    speech = np.concatenate([np.zeros(48000), tone, np.zeros(48000)])
    # A second of tone of power .005, and the hangover of .2 s and the envelope's own tails.
    assert decibels(active_power(speech)) == pytest.approx(decibels(0.005 / 1.25), abs=0.4)
    assert decibels(active_power(tone)) == pytest.approx(decibels(0.005), abs=0.3)


def test_hiss_in_the_pauses_does_not_count_either():
    rng = np.random.default_rng(0)
    speech = np.concatenate([0.1 * rng.standard_normal(32000), 0.001 * rng.standard_normal(64000)])
    assert decibels(active_power(speech)) == pytest.approx(-20, abs=0.9)


@given(gain_db=st.floats(-80, 20), seed=st.integers(0, 20), size=st.integers(1, 4000))
def test_it_scales_with_the_gain(gain_db, seed, size):
    sound = np.random.default_rng(seed).standard_normal(size)
    louder = active_power(10 ** (gain_db / 20) * sound)
    assert louder == pytest.approx(10 ** (gain_db / 10) * active_power(sound), rel=1e-9)


def test_silence_and_a_single_sample():
    assert active_power(np.zeros(5000)) == 0.0
    assert active_power(np.zeros(1)) == 0.0
    assert active_power(np.array([0.5])) == pytest.approx(0.25)
