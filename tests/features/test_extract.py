import shutil
from dataclasses import dataclass, field

import numpy as np
import pytest
import soundfile

from fedser import audio
from fedser.errors import ConfigError, FeatureError
from fedser.features import (
    FeatureStore,
    acoustic_encoder,
    extract_acoustic,
    extract_lexical,
    lexical_encoder,
    passage,
)
from fedser.features.passage import Progress
from tests.features.toy_encoders import Fatal


@dataclass
class Level:
    """A toy acoustic encoder that keeps account of what it was given."""

    name = "level"
    dimension = 2
    standardise = False
    in_workers: bool = True
    settings: dict = field(default_factory=dict)
    heard: list = field(default_factory=list)

    def encode(self, waveforms):
        self.heard += [len(waveform) for waveform in waveforms]
        rows = [[np.abs(each).mean(), len(each)] for each in waveforms]
        return np.array(rows, dtype=np.float32).reshape(-1, 2)


class NotFinite(Level):
    def encode(self, waveforms):
        return super().encode(waveforms) * np.array([[np.nan if len(x) == 2000 else 1.0, 1.0] for x in waveforms])


def expected(paths):
    signals = [soundfile.read(path, dtype="float32")[0] for path in paths]
    return np.array([[np.abs(each).mean(), len(each)] for each in signals], dtype=np.float32)


def test_the_vectors_lie_in_the_order_asked_for(recordings, tmp_path):
    store = FeatureStore(tmp_path / "store")
    forward = extract_acoustic(recordings, Level(), store)
    np.testing.assert_allclose(forward.vectors(), expected(recordings), rtol=1e-6)
    assert forward.failures == {}
    backward = extract_acoustic([str(path) for path in recordings[::-1]], Level(), store)
    np.testing.assert_array_equal(backward.vectors(), forward.vectors()[::-1])
    np.testing.assert_array_equal(backward.vectors([3, 3, 0]), forward.vectors([6, 6, 9]))
    assert backward.rows.dtype == np.int64


def test_a_second_run_encodes_nothing_and_a_longer_one_only_the_rest(recordings, tmp_path):
    store = FeatureStore(tmp_path / "store")
    extract_acoustic(recordings[:6], Level(), store)
    encoder, reports = Level(), []
    extract_acoustic(recordings[:6], encoder, store)
    assert encoder.heard == []
    extract_acoustic(recordings, encoder, store, on_progress=reports.append)
    assert encoder.heard == [1600 + 400 * number for number in range(6, 10)]
    assert reports[-1].hours == pytest.approx(sum(1600 + 400 * number for number in range(10)) / 16000 / 3600)
    assert reports[-1].fresh_hours == pytest.approx(sum(encoder.heard) / 16000 / 3600)


def test_equal_content_is_encoded_once(recordings, tmp_path):
    twin = tmp_path / "twin.wav"
    shutil.copy(recordings[0], twin)
    encoder = Level()
    paths = [recordings[0], twin, *recordings[1:], recordings[0], twin]
    extraction = extract_acoustic(paths, encoder, FeatureStore(tmp_path / "store"))
    assert sorted(encoder.heard) == [1600 + 400 * number for number in range(10)]
    np.testing.assert_allclose(extraction.vectors(), expected(paths), rtol=1e-6)
    assert len(set(extraction.rows.tolist())) == 10


def test_unreadable_files_are_reported_and_skipped(recordings, tmp_path):
    corrupt, empty, nan, missing = (tmp_path / f"{name}.wav" for name in ("corrupt", "empty", "nan", "missing"))
    corrupt.write_bytes(b"RIFF or so" * 30)
    soundfile.write(empty, np.zeros(0), 16000)
    soundfile.write(nan, np.array([0.1, np.nan, 0.2]), 16000, subtype="FLOAT")
    paths = [corrupt, recordings[0], empty, nan, recordings[1], missing, tmp_path]
    reports = []
    store = FeatureStore(tmp_path / "store")
    extraction = extract_acoustic(paths, Level(), store, on_progress=reports.append)
    assert sorted(extraction.failures) == [0, 2, 3, 5, 6]
    assert extraction.failures[0].startswith("not readable as audio")
    assert extraction.failures[2] == "holds no samples"
    assert extraction.failures[3] == "holds NaN or infinite samples"
    assert extraction.failures[5] == "no such file"
    assert extraction.failures[6] == "a folder, not an audio file"
    assert (extraction.rows == -1).tolist() == [True, False, True, True, False, True, True]
    np.testing.assert_allclose(extraction.vectors([1, 4]), expected(recordings[:2]), rtol=1e-6)
    with pytest.raises(ValueError, match="5 of 7 utterances are unreadable"):
        extraction.vectors()
    hours = pytest.approx((1600 + 2000) / 16000 / 3600)
    assert reports[-1] == Progress(7, 7, hours, hours)


def test_a_mended_file_is_found_readable(recordings, tmp_path):
    store, path = FeatureStore(tmp_path / "store"), tmp_path / "a.wav"
    path.write_bytes(b"not yet copied")
    assert extract_acoustic([path], Level(), store).failures
    shutil.copy(recordings[4], path)
    extraction = extract_acoustic([path], Level(), store)
    np.testing.assert_allclose(extraction.vectors(), expected([recordings[4]]), rtol=1e-6)


def test_a_file_that_changes_while_it_is_read_is_not_stored_under_its_old_content(
    recordings, tmp_path, monkeypatch
):
    honest = audio.read

    def disturbed(path, rate_hz):
        shutil.copy(recordings[9], recordings[0])
        return honest(path, rate_hz)

    store = FeatureStore(tmp_path / "store")
    monkeypatch.setattr(audio, "read", disturbed)
    extraction = extract_acoustic(recordings[:1], Level(), store)
    assert extraction.failures == {0: "changed while it was being read"}
    monkeypatch.undo()
    again = extract_acoustic(recordings[:1], Level(), store)
    np.testing.assert_allclose(again.vectors(), expected([recordings[9]]), rtol=1e-6)


def test_a_vector_that_is_not_finite_counts_as_unreadable(recordings, tmp_path):
    extraction = extract_acoustic(recordings[:3], NotFinite(), FeatureStore(tmp_path / "store"))
    assert extraction.failures == {1: "the encoder level gives no finite numbers for it"}


def test_progress_goes_up_to_the_end_at_every_commit(recordings, tmp_path, monkeypatch):
    monkeypatch.setattr(passage, "CHUNK", 4)
    store, reports = FeatureStore(tmp_path / "store"), []

    def report(progress):
        kept = store.shelf(Level()).matrix()
        assert len(kept) >= progress.done, "progress must not promise what a kill would lose"
        assert progress.hours == pytest.approx(kept[: progress.done, 1].sum() / 16000 / 3600)
        reports.append(progress.done)

    extract_acoustic(recordings, Level(), store, on_progress=report)
    assert reports[0] == 0
    assert reports == sorted(reports)
    assert {4, 8, 10} <= set(reports)


def test_long_jobs_are_committed_by_time(recordings, tmp_path, monkeypatch):
    monkeypatch.setattr(passage, "CHUNK_S", 0.0)
    reports = []
    store = FeatureStore(tmp_path / "store")
    extract_acoustic(recordings, Level(), store, on_progress=lambda progress: reports.append(progress.done))
    assert {4, 8, 10} <= set(reports)


@pytest.mark.parametrize("in_workers", [True, False])
@pytest.mark.usefixtures("importable")
def test_the_number_of_workers_changes_no_bit(recordings, tmp_path, in_workers):
    """Log-mel in two workers; a toy encoder here while two workers read ahead."""
    recordings[3].write_bytes(b"corrupt")
    encoder = acoustic_encoder("logmel") if in_workers else Level(in_workers=False)
    serial = extract_acoustic(recordings, encoder, FeatureStore(tmp_path / "one"))
    parallel = extract_acoustic(recordings, encoder, FeatureStore(tmp_path / "two"), workers=2)
    readable = np.flatnonzero(serial.rows >= 0)
    assert len(readable) == 9
    assert parallel.failures == serial.failures
    assert parallel.vectors(readable).tobytes() == serial.vectors(readable).tobytes()
    np.testing.assert_array_equal(parallel.rows, serial.rows)
    if not in_workers:
        assert len(encoder.heard) == 18, "nothing was encoded elsewhere"


@pytest.mark.usefixtures("importable")
def test_a_worker_that_dies_is_one_line(recordings, tmp_path, capfd):
    with pytest.raises(FeatureError, match=r"^extraction: a worker process died[^\n]*fewer workers$"):
        extract_acoustic(recordings, Fatal(), FeatureStore(tmp_path / "store"), workers=2)
    assert capfd.readouterr() == ("", ""), "it died of what it was to die of"


@pytest.mark.parametrize("workers", [0, -2])
def test_less_than_one_worker_is_refused(tmp_path, workers):
    with pytest.raises(ConfigError, match="workers: expected a number ≥ 1"):
        extract_acoustic([], Level(), FeatureStore(tmp_path), workers=workers)


def test_nothing_to_do(tmp_path):
    extraction = extract_acoustic([], Level(), FeatureStore(tmp_path))
    assert extraction.vectors().shape == (0, 2)
    assert extraction.rows.shape == (0,)


def test_transcripts(tmp_path):
    store, encoder = FeatureStore(tmp_path), lexical_encoder("ngrams")
    transcripts = ["kids are talking", "", "dogs", "kids are talking"] * 40
    reports = []
    extraction = extract_lexical(transcripts, encoder, store, on_progress=reports.append)
    np.testing.assert_array_equal(extraction.vectors(), encoder.encode(transcripts))
    assert extraction.failures == {}
    assert len(extraction.matrix) == 3
    assert reports[-1] == Progress(160, 160, 0.0, 0.0)


def test_transcripts_of_a_learned_encoder(tmp_path, bert_checkpoint):
    encoder = lexical_encoder("bert", checkpoint=str(bert_checkpoint))
    transcripts = ["kids are talking", "happy dogs", ""]
    vectors = extract_lexical(transcripts, encoder, FeatureStore(tmp_path)).vectors()
    np.testing.assert_array_equal(vectors, encoder.encode(transcripts))


def test_no_lexical_features_at_all(tmp_path):
    extraction = extract_lexical(["a", "b", "a"], lexical_encoder("none"), FeatureStore(tmp_path))
    assert extraction.vectors().shape == (3, 0)
    assert (extraction.rows >= 0).all()


def test_real_speech(open_data, tmp_path):
    paths = sorted((open_data / "RAVDESS" / "Actor_01").glob("*.flac"))[:12]
    extraction = extract_acoustic(paths, acoustic_encoder("logmel"), FeatureStore(tmp_path))
    vectors = extraction.vectors()
    assert extraction.failures == {}
    assert np.isfinite(vectors).all()
    assert (vectors[:, 80:].mean(axis=1) > 1).all(), "speech moves in every band"
