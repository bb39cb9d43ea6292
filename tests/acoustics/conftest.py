"""Speech to be heard in the environments, and a cache folder of the tests' own."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fedser import audio
from fedser.acoustics import PRESETS, AcousticOptions, build
from fedser.vocabulary import RATE_HZ


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Keep the tests' rooms and beds out of the user's cache."""
    before = os.environ.get("FEDSER_CACHE")
    os.environ["FEDSER_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield Path(os.environ["FEDSER_CACHE"])
    if before is None:
        del os.environ["FEDSER_CACHE"]
    else:
        os.environ["FEDSER_CACHE"] = before


def bursts(seed: int, seconds: float = 3.0) -> np.ndarray:
    """Return something like speech: noise and a tone in syllables and words with pauses between them."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    sound = 0.05 * rng.standard_normal(t.size) + 0.1 * np.sin(2 * np.pi * (150 + 20 * seed) * t)
    words = np.sin(2 * np.pi * 0.7 * t + seed) > -0.3
    syllables = np.sin(2 * np.pi * 4 * t) ** 2
    return (sound * words * syllables).astype(np.float32)


@pytest.fixture(scope="session")
def synthetic() -> list[np.ndarray]:
    return [bursts(seed, 1.0 + seed) for seed in range(3)]


@pytest.fixture(scope="session")
def talkers(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("talkers")
    paths = [folder / f"{k}.wav" for k in range(12)]
    for k, path in enumerate(paths):
        soundfile.write(path, bursts(k), RATE_HZ, subtype="FLOAT")
    return paths


@pytest.fixture(scope="session")
def presets(talkers):
    """Every preset as an environment, by name."""
    return {name: build(name, AcousticOptions.parse(name), talkers=talkers) for name in PRESETS}


@pytest.fixture(scope="session")
def open_speech(open_data) -> list[np.ndarray]:
    """Real utterances: English as quiet as −48 dB, Polish with digital silence, Korean."""
    folders = ("RAVDESS/Actor_0[25]", "nEMO/samples", "emotiontts/Emotional/*/*/wav")
    files = [sorted(open_data.glob(f"{folder}/*.flac"))[:200:100] for folder in folders]
    return [audio.read(path) for few in files for path in few]
