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


STABLE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
ACOUSTIC = {
    "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model, {}),
    "wav2vec2-stable": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model, STABLE),
    "hubert": (transformers.HubertConfig, transformers.HubertModel, {}),
    "hubert-batchnorm": (transformers.HubertConfig, transformers.HubertModel, {"conv_pos_batch_norm": True}),
    "wavlm": (transformers.WavLMConfig, transformers.WavLMModel, {}),
    "wavlm-stable": (transformers.WavLMConfig, transformers.WavLMModel, STABLE),
}
"""As published: the base models are normalised over time and saw no mask, the large ones over channels."""


@pytest.fixture(scope="session")
def acoustic_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a small checkpoint of a kind of model."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            config, model, special = ACOUSTIC[kind]
            small = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}
            conv = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}
            folder = tmp_path_factory.mktemp(kind)
            torch.manual_seed(7)
            built = model(config(**small, **conv, **special))
            with torch.no_grad():
                for values in built.parameters():
                    # Norms and biases as a trained model has them, not ones and zeros.
                    if values.ndim == 1:
                        values += 0.3 * torch.randn(values.shape)
            built.save_pretrained(folder)
            transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
            made[kind] = folder
        return made[kind]

    return make


WORDS = ["kids", "dogs", "are", "talking", "sitting", "by", "the", "door", "happy", "no", "yes", "word"]


@pytest.fixture(scope="session")
def whisper_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return the folder of a small Whisper with windows of 2 s; what it hears decides what it says."""
    made: dict[bool, Path] = {}

    def make(*, multilingual: bool = True) -> Path:
        if multilingual not in made:
            made[multilingual] = _write_whisper(tmp_path_factory.mktemp("whisper"), multilingual)
        return made[multilingual]

    return make


def _write_whisper(folder: Path, multilingual: bool) -> Path:
    # "Ġ" is how the byte-level vocabulary writes a blank.
    vocabulary = {letter: number for number, letter in enumerate([*"abcdefghijklmnopqrstuvwxyz", "Ġ"])}
    vocabulary |= {f"Ġ{word}": len(vocabulary) + number for number, word in enumerate(WORDS)}
    end, start = "<|endoftext|>", "<|startoftranscript|>"
    tokenizer = transformers.WhisperTokenizer(
        vocab=vocabulary, merges=[], unk_token=end, bos_token=end, eos_token=end, pad_token=end
    )
    special = [start, "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>", "<|notimestamps|>"]
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in (end, *special)}
    extractor = transformers.WhisperFeatureExtractor(feature_size=80, chunk_length=2)
    transformers.WhisperProcessor(extractor, tokenizer).save_pretrained(folder)
    ends = dict.fromkeys(("eos_token_id", "pad_token_id", "bos_token_id"), ids[end])
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_source_positions=100,
        max_target_positions=24,
        decoder_start_token_id=ids[start],
        begin_suppress_tokens=None,
        init_std=0.6,
        **ends,
    )
    torch.manual_seed(3)
    model = transformers.WhisperForConditionalGeneration(config)
    languages = {"lang_to_id": {"<|en|>": ids["<|en|>"], "<|de|>": ids["<|de|>"]}, "is_multilingual": True}
    tasks = {"task_to_id": {"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]}}
    model.generation_config = transformers.GenerationConfig(
        decoder_start_token_id=ids[start],
        no_timestamps_token_id=ids["<|notimestamps|>"],
        suppress_tokens=[*range(27), *(ids[token] for token in special)],
        **ends,
        **(languages | tasks if multilingual else {"is_multilingual": False}),
    )
    model.save_pretrained(folder)
    return folder


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
