import warnings

import numpy as np
import pytest
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

from fedser.features.logmel import FLOOR, LogMel, log_mel


def slaney_mel(hz):
    """Slaney's Auditory Toolbox: linear below 1 kHz, then 27 logarithmic steps per factor of 6.4."""
    return 3 * hz / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)


def slaney_hz(mel):
    return 200 * mel / 3 if mel < 15 else 1000 * np.exp(np.log(6.4) * (mel - 15) / 27)


def reference(waveform):
    """The definition, sample by sample in float64: explicit DFT, explicit triangles."""
    n, k = np.arange(400), np.arange(257)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 400)
    dft = np.exp(-2j * np.pi * np.outer(n, k) / 512)
    corners = [slaney_hz(mel) for mel in np.linspace(slaney_mel(60.0), slaney_mel(8000.0), 82)]
    hz = k * 16000 / 512
    rows = []
    for start in range(0, len(waveform) - 400 + 1, 160):
        frame = waveform[start : start + 400].astype(np.float64)
        power = np.abs(((frame - frame.mean()) * window) @ dft) ** 2
        bands = []
        for low, peak, high in zip(corners, corners[1:], corners[2:], strict=False):
            triangle = np.maximum(0, np.minimum((hz - low) / (peak - low), (high - hz) / (high - peak)))
            bands.append(np.log(max(triangle @ power * 2 / (high - low), FLOOR)))
        rows.append(bands)
    return np.array(rows)


def test_equals_an_independent_implementation(waveforms):
    for waveform in waveforms:
        expected = reference(waveform)
        np.testing.assert_allclose(log_mel(waveform), expected, rtol=0, atol=1e-9)
        [vector] = LogMel().encode([waveform])
        np.testing.assert_allclose(vector, np.r_[expected.mean(0), expected.std(0)], rtol=1e-6, atol=1e-6)


def test_equals_transformers_spectrogram(waveforms):
    filters = mel_filter_bank(257, 80, 60.0, 8000.0, 16000, norm="slaney", mel_scale="slaney")
    expected = spectrogram(
        waveforms[1],
        window_function(400, "hann"),
        frame_length=400,
        hop_length=160,
        fft_length=512,
        power=2.0,
        center=False,
        mel_filters=filters,
        log_mel="log",
        mel_floor=FLOOR,
        remove_dc_offset=True,
        dtype=np.float64,
    )
    # transformers rounds the spectrum to complex64 on the way.
    np.testing.assert_allclose(log_mel(waveforms[1]), expected.T, rtol=0, atol=1e-5)


def test_batched_equals_single(waveforms):
    encoder = LogMel()
    together = encoder.encode(waveforms)
    assert together.shape == (4, 160)
    assert together.dtype == np.float32
    for vector, waveform in zip(together, waveforms, strict=True):
        np.testing.assert_array_equal(vector, encoder.encode([waveform])[0])
    assert encoder.encode([]).shape == (0, 160)


@pytest.mark.parametrize("waveform", [np.zeros(16000), np.full(16000, 0.25), np.zeros(1), np.full(399, 1.0)])
def test_silence_offset_and_stumps_are_finite(waveform):
    [vector] = LogMel().encode([waveform.astype(np.float32)])
    assert np.isfinite(vector).all()


def test_silence_is_the_floor():
    [vector] = LogMel().encode([np.zeros(16000, dtype=np.float32)])
    np.testing.assert_allclose(vector[:80], np.log(FLOOR), rtol=1e-6)
    np.testing.assert_allclose(vector[80:], 0, atol=1e-12)


def test_a_microphones_offset_changes_nothing(waveforms):
    np.testing.assert_allclose(log_mel(waveforms[0] + np.float32(0.25)), log_mel(waveforms[0]), atol=2e-2)


def test_a_tone_lies_in_its_band():
    corners = [slaney_hz(mel) for mel in np.linspace(slaney_mel(60.0), slaney_mel(8000.0), 82)]
    for band in (10, 40, 75):
        tone = np.sin(2 * np.pi * corners[band + 1] / 16000 * np.arange(8000)).astype(np.float32)
        assert LogMel().encode([tone])[0, :80].argmax() == band


def test_no_band_is_empty():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        impulse = np.zeros(400, dtype=np.float32)
        impulse[200] = 1.0
        assert (log_mel(impulse) > np.log(FLOOR)).all()
