"""Small transformers checkpoints with random weights, through the real classes."""

from pathlib import Path
from typing import Any

import torch
import transformers

STABLE: dict[str, Any] = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
ACOUSTIC: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model, {}),
    "wav2vec2-stable": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model, STABLE),
    "hubert": (transformers.HubertConfig, transformers.HubertModel, {}),
    "hubert-batchnorm": (transformers.HubertConfig, transformers.HubertModel, {"conv_pos_batch_norm": True}),
    "wavlm": (transformers.WavLMConfig, transformers.WavLMModel, {}),
    "wavlm-stable": (transformers.WavLMConfig, transformers.WavLMModel, STABLE),
}
"""As published: the base models are normalised over time and saw no mask, the large ones over channels."""

SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}

WORDS = ["kids", "dogs", "are", "talking", "sitting", "by", "the", "door", ".", "##s", "happy"]
SAID = ["kids", "dogs", "are", "talking", "sitting", "by", "the", "door", "happy", "no", "yes", "word"]


def save_acoustic(kind: str, folder: Path) -> Path:
    """Save a model of the wav2vec2 family and its feature extractor; return the folder."""
    config, model, special = ACOUSTIC[kind]
    torch.manual_seed(7)
    conv = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}
    built = model(config(**SMALL, **conv, **special))
    with torch.no_grad():
        for values in built.parameters():
            # Norms and biases as a trained model has them, not ones and zeros.
            if values.ndim == 1:
                values += 0.3 * torch.randn(values.shape)
    built.save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def save_bert(folder: Path) -> Path:
    """Save a BERT of a few words and its tokenizer; return the folder."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(7)
    config = transformers.BertConfig(vocab_size=len(words), max_position_embeddings=24, **SMALL)
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def save_whisper(
    folder: Path, *, multilingual: bool = True, encoder_layers: int = 1, init_std: float = 0.6
) -> Path:
    """Save a Whisper with windows of 2 s and its processor; what it hears decides what it says.

    init_std: of the weights; with less than .6 it always says the same, but its states are no longer than
        those of real models.
    """
    # "Ġ" is how the byte-level vocabulary writes a blank.
    vocabulary = {letter: number for number, letter in enumerate([*"abcdefghijklmnopqrstuvwxyz", "Ġ"])}
    vocabulary |= {f"Ġ{word}": len(vocabulary) + number for number, word in enumerate(SAID)}
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
        encoder_layers=encoder_layers,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_source_positions=100,
        max_target_positions=24,
        decoder_start_token_id=ids[start],
        begin_suppress_tokens=None,
        init_std=init_std,
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
