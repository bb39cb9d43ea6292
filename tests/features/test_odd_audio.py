"""Files as they lie around, through a whole extraction with a transformers model."""

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from fedser.features import FeatureStore, acoustic_encoder, extract_acoustic
from fedser.features.wav2vec2 import Wav2Vec2


def tone(rate_hz, seconds=0.8):
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    return 0.4 * np.sin(2 * np.pi * 220 * time_s) + 0.1 * np.sin(2 * np.pi * 1330 * time_s)


@pytest.fixture
def encoder(acoustic_checkpoint):
    return acoustic_encoder("wav2vec2", checkpoint=str(acoustic_checkpoint("wav2vec2")), offline=True)


def extracted(path, encoder, tmp_path):
    return extract_acoustic([path], encoder, FeatureStore(tmp_path / "store"))


def test_stereo_at_44100_hz_is_the_mean_of_its_channels_resampled(encoder, tmp_path):
    path, left, right = tmp_path / "a.wav", tone(44100), tone(44100)[::-1] * 0.5
    soundfile.write(path, np.column_stack([left, right]), 44100, subtype="FLOAT")
    mono = resample_poly(((left + right) / 2).astype(np.float32), 160, 441).astype(np.float32)
    vector = extracted(path, encoder, tmp_path).vectors()[0]
    np.testing.assert_allclose(vector, encoder.encode([mono])[0], rtol=0, atol=1e-5)
    assert np.abs(vector - encoder.encode([resample_poly(left, 160, 441).astype(np.float32)])[0]).max() > 1e-3


def test_8000_hz_is_resampled(encoder, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(8000), 8000, subtype="FLOAT")
    doubled = resample_poly(tone(8000).astype(np.float32), 2, 1).astype(np.float32)
    vector = extracted(path, encoder, tmp_path).vectors()[0]
    np.testing.assert_allclose(vector, encoder.encode([doubled])[0], rtol=0, atol=1e-5)
    assert np.abs(vector - encoder.encode([tone(8000).astype(np.float32)])[0]).max() > 1e-3


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(0), "holds no samples"),
        (np.r_[tone(16000), np.nan], "holds NaN or infinite samples"),
        (np.r_[tone(16000), -np.inf], "holds NaN or infinite samples"),
    ],
    ids=["zero length", "NaN", "infinite"],
)
def test_what_is_no_audio_is_reported(encoder, tmp_path, samples, reason):
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    extraction = extracted(path, encoder, tmp_path)
    assert extraction.failures == {0: reason}
    assert extraction.rows.tolist() == [-1]


def test_clipped_speech_is_taken_as_it_is(encoder, tmp_path):
    """Clipped by the recorder (16 bit), and beyond full scale in floating point."""
    loud = (3 * tone(16000)).astype(np.float32)
    clipped, beyond = tmp_path / "clipped.wav", tmp_path / "beyond.wav"
    soundfile.write(clipped, np.clip(loud, -1, 1), 16000, subtype="PCM_16")
    soundfile.write(beyond, loud, 16000, subtype="FLOAT")
    recorded = soundfile.read(clipped, dtype="float32")[0]
    assert (np.abs(recorded) > 0.999).mean() > 0.1
    np.testing.assert_array_equal(extracted(clipped, encoder, tmp_path).vectors(), encoder.encode([recorded]))
    np.testing.assert_array_equal(extracted(beyond, encoder, tmp_path).vectors(), encoder.encode([loud]))
    assert np.abs(encoder.encode([loud]) - encoder.encode([recorded])).max() > 1e-3


def test_shorter_than_a_frame_is_followed_by_silence(encoder, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16000)[:100], 16000, subtype="FLOAT")
    padded = np.pad(tone(16000)[:100].astype(np.float32), (0, 300))
    np.testing.assert_array_equal(extracted(path, encoder, tmp_path).vectors(), encoder.encode([padded]))


def test_batches_padded_while_workers_read_ahead_change_nothing(
    acoustic_checkpoint, tmp_path, recordings, monkeypatch, encoder
):
    """The way of a GPU, on the CPU: 2 processes read, the model stays here and sorts by length."""
    staying = acoustic_encoder("wav2vec2", checkpoint=str(acoustic_checkpoint("wav2vec2")), batch_size=4)
    assert staying.settings == encoder.settings
    recordings[4].write_bytes(b"not audio")
    alone = extract_acoustic(recordings, encoder, FeatureStore(tmp_path / "alone"))
    monkeypatch.setattr(Wav2Vec2, "in_workers", False)
    together = extract_acoustic(recordings, staying, FeatureStore(tmp_path / "together"), workers=2)
    readable = np.flatnonzero(alone.rows >= 0)
    assert together.failures == alone.failures
    assert list(together.failures) == [4]
    np.testing.assert_allclose(together.vectors(readable), alone.vectors(readable), rtol=0, atol=1e-5)
