"""Extractions and transcriptions by transformers models, killed by SIGKILL in the middle."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fedser.features import FeatureStore, acoustic_encoder, extract_acoustic, transcribe, transcriber

COUNT = 120

PROGRAM = """
import sys
from pathlib import Path
from fedser.features import FeatureStore, acoustic_encoder, extract_acoustic, passage, transcribe, transcriber

passage.CHUNK = 8
kind, checkpoint, store, folder = sys.argv[1:]
files = sorted(Path(folder).glob("*.wav"))


def report(progress):
    print(progress.done, "." * 2**17, flush=True)  # longer than a pipe holds: it waits until it is read


if kind in ("wav2vec2", "whisper"):
    encoder = acoustic_encoder(kind, checkpoint=checkpoint)
    extract_acoustic(files, encoder, FeatureStore(store), workers=2, on_progress=report)
else:
    transcribe(files, transcriber(checkpoint), FeatureStore(store), on_progress=report)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    random = np.random.default_rng(12)
    for number in range(COUNT):
        soundfile.write(folder / f"{number:03}.wav", random.normal(size=8000 + 100 * number) * 0.1, 16000)
    return sorted(folder.glob("*.wav"))


def kill_at_work(kind, checkpoint, store, files):
    """Start the program and kill it as soon as it has committed something; return how much it said it had."""
    command = [sys.executable, "-c", PROGRAM, kind, checkpoint, store, files[0].parent]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        done = next(done for line in process.stdout if (done := int(line.split()[0])) > 0)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    return done


@pytest.mark.parametrize("name", ["wav2vec2", "whisper"])
def test_an_extraction_killed_with_two_workers_resumes_here_with_the_same_vectors(
    files, acoustic_checkpoint, whisper_checkpoint, tmp_path, name
):
    checkpoint = str(whisper_checkpoint() if name == "whisper" else acoustic_checkpoint(name))
    done = kill_at_work(name, checkpoint, tmp_path / "killed", files)
    encoder = acoustic_encoder(name, checkpoint=checkpoint)
    assert done <= len(FeatureStore(tmp_path / "killed").shelf(encoder).matrix()) < COUNT
    reports = []
    resumed = extract_acoustic(files, encoder, FeatureStore(tmp_path / "killed"), on_progress=reports.append)
    assert 0 < reports[-1].fresh_hours < reports[-1].hours
    whole = extract_acoustic(files, encoder, FeatureStore(tmp_path / "whole"))
    assert resumed.vectors().tobytes() == whole.vectors().tobytes()


def test_a_killed_transcription_resumes_with_the_same_words(files, whisper_checkpoint, tmp_path):
    checkpoint = str(whisper_checkpoint())
    done = kill_at_work("transcription", checkpoint, tmp_path / "killed", files)
    model = transcriber(checkpoint)
    assert done <= len(FeatureStore(tmp_path / "killed").texts(model).texts()) < COUNT
    reports = []
    resumed = transcribe(files, model, FeatureStore(tmp_path / "killed"), on_progress=reports.append)
    assert 0 < reports[-1].fresh_hours < reports[-1].hours
    assert resumed == transcribe(files, model, FeatureStore(tmp_path / "whole"))
    assert len(set(resumed.texts)) > 10
