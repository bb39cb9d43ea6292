"""Small transformers checkpoints with random weights, through the real classes."""

from pathlib import Path

import torch
import transformers

ACOUSTIC = {
    "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model),
    "hubert": (transformers.HubertConfig, transformers.HubertModel),
    "wavlm": (transformers.WavLMConfig, transformers.WavLMModel),
}

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}

WORDS = ["kids", "dogs", "are", "talking", "sitting", "by", "the", "door", ".", "##s", "happy"]


def save_acoustic(kind: str, folder: Path) -> Path:
    """Save a model of the wav2vec2 family and its feature extractor; return the folder."""
    config, model = ACOUSTIC[kind]
    torch.manual_seed(7)
    conv = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}
    model(config(**SMALL, **conv)).save_pretrained(folder)
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
