"""Generated beds: their spectra, their levels, and that they have no seam."""

import numpy as np
import pytest
import soundfile
from scipy import signal

from fedser.acoustics import noise, recordings
from fedser.acoustics.babble import babble
from fedser.errors import ConfigError
from tests.acoustics.conftest import bursts


def stream(seed=0):
    return np.random.default_rng(seed)


def level_db(bed, low_hz, high_hz):
    hz, power = signal.welch(bed, 16000, nperseg=4096)
    return 10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum())


@pytest.fixture(scope="module")
def beds():
    made = {name: make(stream()) for name, make in noise.GENERATED.items()}
    return made | {"babble": babble([bursts(k) for k in range(10)], 0.5, stream())}


def test_octaves_of_pink_noise_are_equal(beds):
    octaves = [level_db(beds["pink"], low, 2 * low) for low in (62.5, 125, 250, 500, 1000, 2000, 4000)]
    assert np.ptp(octaves) < 0.6


def test_hum_is_multiples_of_the_mains(beds):
    spectrum = np.abs(np.fft.rfft(beds["hum"])) ** 2
    lines = spectrum[50 * noise.LOOP_S : 1001 * noise.LOOP_S : 50 * noise.LOOP_S]
    assert lines.sum() > 0.95 * spectrum.sum()
    assert np.argmax(spectrum) in (50 * noise.LOOP_S, 100 * noise.LOOP_S)


def test_a_car_rumbles_and_a_street_is_heard_in_the_speech_band(beds):
    assert level_db(beds["car"], 0, 200) > level_db(beds["car"], 200, 8000) + 8
    assert level_db(beds["street"], 300, 3400) > level_db(beds["street"], 0, 100)


def test_cars_pass_in_the_street_and_nothing_passes_in_pink_noise(beds):
    seconds = {name: bed.reshape(noise.LOOP_S, -1).std(axis=1) for name, bed in beds.items()}
    assert seconds["street"].max() / seconds["street"].min() > 1.5
    assert seconds["pink"].max() / seconds["pink"].min() < 1.2


def test_beds_meet_their_beginning(beds):
    """The step over the seam is one like those beside it."""
    for name, bed in beds.items():
        beside = np.abs(np.diff(np.roll(bed, 400)[:800]))
        assert abs(bed[0] - bed[-1]) < 1.2 * np.delete(beside, 399).max(), name
        assert bed.shape == (noise.SIZE,)
        assert np.isfinite(bed).all()
        assert np.abs(bed).max() < 15 * bed.std(), name


def test_babble_is_many_voices(beds):
    """One voice pauses; eight at once hardly ever do."""
    one = bursts(0).astype(np.float64)
    frames = [
        np.log10(sound[: len(sound) // 320 * 320].reshape(-1, 320).std(axis=1) + 1e-3 * sound.std())
        for sound in (one, beds["babble"])
    ]
    assert np.std(frames[1]) < 0.5 * np.std(frames[0])


def test_babble_of_one_short_utterance():
    bed = babble([bursts(1, 0.5)], 0.0, stream())
    assert np.isfinite(bed).all()
    assert bed.std() > 0


def test_clips_are_levelled_and_faded_round_a_loop():
    rng = stream()
    clips = [(gain * rng.standard_normal(size)).astype(np.float32) for gain, size in ((1e-3, 16000), (0.5, 9000))]
    bed = recordings.bed(clips)
    fade = int(recordings.FADE_S * 16000)
    assert len(bed) == 25000 - 2 * fade
    # Each alone between the fades, and as loud in them: their powers add up to one.
    assert bed[fade : 16000 - fade] == pytest.approx(
        clips[0][fade : 16000 - fade] / np.sqrt(np.mean(clips[0].astype(np.float64) ** 2)), rel=1e-6
    )
    assert bed.std() == pytest.approx(1.0, abs=0.02)
    assert bed[16000 - fade : 16000].std() == pytest.approx(1.0, abs=0.15)
    assert bed[:fade].std() == pytest.approx(1.0, abs=0.15)


def test_recordings_of_any_kind_are_found_and_drawn_in_no_order_of_the_disk(tmp_path):
    for k, suffix in enumerate((".wav", ".flac", ".ogg")):
        (tmp_path / f"{k}").mkdir()
        soundfile.write(tmp_path / f"{k}" / f"rain{suffix}", bursts(k), 22050)
    (tmp_path / "readme.txt").write_text("nothing to hear")
    found = recordings.clips_in(tmp_path)
    assert sorted(path.suffix for path in found) == [".flac", ".ogg", ".wav"]
    draw = recordings.Choice.draw(found, 2, stream())
    assert draw == recordings.Choice.draw(found[::-1], 2, stream())
    assert len(draw.sounds()) == 2
    gone = recordings.Choice.draw([*found, tmp_path / "gone.wav"], 10, stream())
    assert set(gone.paths) == set(found)


def test_folders_without_recordings_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"holds no audio; expected files that end in \.wav, \.flac, \.ogg"):
        recordings.clips_in(tmp_path)
    with pytest.raises(ConfigError, match="is no folder"):
        recordings.clips_in(tmp_path / "nowhere")
