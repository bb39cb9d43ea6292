"""Small recordings, and small transformers checkpoints with random weights, made once per session."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import transformers


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


ACOUSTIC = {
    "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model),
    "hubert": (transformers.HubertConfig, transformers.HubertModel),
    "wavlm": (transformers.WavLMConfig, transformers.WavLMModel),
}


@pytest.fixture(scope="session")
def acoustic_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a small checkpoint of a kind of model."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            config, model = ACOUSTIC[kind]
            small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
            conv = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}
            folder = tmp_path_factory.mktemp(kind)
            torch.manual_seed(7)
            model(config(**small, **conv)).save_pretrained(folder)
            transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
            made[kind] = folder
        return made[kind]

    return make


@pytest.fixture(scope="session")
def bert_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "kids", "dogs", "are", "talking", "sitting", "by"]
    words += ["the", "door", ".", "##s", "happy"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=24,
    )
    torch.manual_seed(7)
    transformers.BertModel(config).save_pretrained(folder)
    return folder
