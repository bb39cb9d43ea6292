import math
import struct

import numpy as np
import pytest
import soundfile

from fedser import audio
from fedser.vocabulary import RATE_HZ


def tone(rate_hz, seconds=1.0, hz=440.0):
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_file_at_the_wanted_rate_comes_back_sample_by_sample(tmp_path, ending):
    samples = np.round(tone(RATE_HZ) * 2**15) / 2**15
    soundfile.write(tmp_path / f"a.{ending}", samples, RATE_HZ, subtype="PCM_16")

    heard = audio.read(tmp_path / f"a.{ending}")

    assert heard.dtype == np.float32
    np.testing.assert_array_equal(heard, samples.astype(np.float32))


@pytest.mark.parametrize("rate_hz", [8000, 22050, 44100, 48000])
def test_other_rates_are_resampled_to_the_same_tone(tmp_path, rate_hz):
    soundfile.write(tmp_path / "a.wav", tone(rate_hz), rate_hz, subtype="FLOAT")

    heard = audio.read(tmp_path / "a.wav")

    assert heard.shape == (RATE_HZ,)
    inner = slice(200, -200)  # The filter sees silence beyond the ends.
    np.testing.assert_allclose(heard[inner], tone(RATE_HZ)[inner], atol=2e-3)


def test_the_number_of_samples_is_rounded_up(tmp_path):
    soundfile.write(tmp_path / "a.wav", 0.1 * np.cos(np.arange(44101)), 44100)

    assert len(audio.read(tmp_path / "a.wav")) == math.ceil(44101 * 16000 / 44100)


def test_resampling_down_removes_what_the_new_rate_cannot_hold(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(44100, hz=12000.0), 44100, subtype="FLOAT")

    assert np.abs(audio.read(tmp_path / "a.wav")[200:-200]).max() < 5e-3


def test_channels_are_averaged_of_stereo_at_44100_hz(tmp_path):
    left, right = tone(44100), tone(44100, hz=1000.0)
    soundfile.write(tmp_path / "stereo.wav", np.stack([left, right], axis=1), 44100, subtype="FLOAT")
    soundfile.write(tmp_path / "mean.wav", (left + right) / 2, 44100, subtype="FLOAT")

    np.testing.assert_allclose(
        audio.read(tmp_path / "stereo.wav"), audio.read(tmp_path / "mean.wav"), rtol=0, atol=1e-6
    )


def test_samples_beyond_full_scale_are_kept_as_they_are(tmp_path):
    loud = (4.0 * tone(RATE_HZ)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", loud, RATE_HZ, subtype="FLOAT")

    np.testing.assert_array_equal(audio.read(tmp_path / "a.wav"), loud)
    assert np.abs(loud).max() > 1.9


def test_speech_clipped_in_the_recording_is_kept(tmp_path):
    clipped = np.clip(4.0 * tone(RATE_HZ), -1, 1)
    soundfile.write(tmp_path / "a.wav", clipped, RATE_HZ, subtype="FLOAT")

    np.testing.assert_array_equal(audio.read(tmp_path / "a.wav"), clipped.astype(np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_sample_that_is_not_finite_makes_a_file_unreadable(tmp_path, bad, channels):
    samples = np.zeros((100, channels))
    samples[50, 0] = bad
    soundfile.write(tmp_path / "a.wav", samples, RATE_HZ, subtype="FLOAT")

    with pytest.raises(audio.UnreadableAudioError, match=r"a\.wav: holds NaN or infinite samples"):
        audio.read(tmp_path / "a.wav")


def lengthless_flac(path):
    """A FLAC as a pipe writes it: the number of samples in its header is 0, for unknown."""
    soundfile.write(path, tone(RATE_HZ), RATE_HZ)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)


FAULTS = {
    "corrupt.wav": (lambda path: path.write_bytes(b"not audio" * 50), "not readable as audio"),
    "no_content.wav": (lambda path: path.write_bytes(b""), "an empty file"),
    "no_samples.wav": (lambda path: soundfile.write(path, np.zeros(0), RATE_HZ), "holds no samples"),
    "missing.wav": (lambda path: None, "no such file"),
    "folder.wav": (lambda path: path.mkdir(), "a folder, not an audio file"),
    "headerless.raw": (lambda path: path.write_bytes(b"\0" * 100), "not readable as audio"),
    "lengthless.flac": (lengthless_flac, "does not say how long"),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("reading", [audio.read, audio.duration_s])
def test_unreadable_files_raise_one_line_with_path_and_reason(tmp_path, name, reading):
    make, reason = FAULTS[name]
    make(tmp_path / name)

    with pytest.raises(audio.UnreadableAudioError) as caught:
        reading(tmp_path / name)

    message = str(caught.value)
    assert message.startswith(str(tmp_path / name))
    assert reason in message
    assert "\n" not in message


def test_a_length_that_writers_into_pipes_leave_is_not_believed(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(RATE_HZ), RATE_HZ, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", 2**31)
    path.write_bytes(content)

    assert audio.duration_s(path) == 1.0
    assert len(audio.read(path)) == RATE_HZ


@pytest.mark.parametrize(("frames", "rate_hz"), [(48000, 16000), (1, 8000), (44100, 44100)])
def test_duration_is_frames_by_rate(tmp_path, frames, rate_hz):
    soundfile.write(tmp_path / "a.wav", np.zeros((frames, 2)), rate_hz)

    assert audio.duration_s(tmp_path / "a.wav") == frames / rate_hz
