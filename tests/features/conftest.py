"""Small recordings, and small transformers checkpoints with random weights, made once per session."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.small_checkpoints import save_acoustic, save_bert, save_whisper


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker processes import the toy encoders."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])


@pytest.fixture(scope="session")
def waveforms() -> list[np.ndarray]:
    """Three lengths of voiced noise, two of them equal."""
    random = np.random.default_rng(5)
    lengths = (8000, 12345, 8000, 5000)
    return [(random.normal(size=n) * 0.1 + np.sin(np.arange(n) * 0.05) * 0.3).astype(np.float32) for n in lengths]


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    """Ten different files of a tenth of a second and more."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    random = np.random.default_rng(3)
    paths = [folder / f"{number}.wav" for number in range(10)]
    for number, path in enumerate(paths):
        soundfile.write(path, random.uniform(-0.5, 0.5, 1600 + 400 * number), 16000)
    return paths


@pytest.fixture(scope="session")
def acoustic_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a small checkpoint of a kind of model."""
    return cache(lambda kind: save_acoustic(kind, tmp_path_factory.mktemp(kind)))


@pytest.fixture(scope="session")
def whisper_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return the folder of a small Whisper; see `save_whisper`."""
    return cache(lambda **kind: save_whisper(tmp_path_factory.mktemp("whisper"), **kind))


@pytest.fixture(scope="session")
def bert_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert(tmp_path_factory.mktemp("bert"))
