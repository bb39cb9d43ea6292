"""The encoders by name; each is imported only when asked for, so that none costs the others' imports."""

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from fedser.errors import ConfigError, did_you_mean
from fedser.features.encoder import AcousticEncoder, LexicalEncoder, Transcriber


@dataclass(frozen=True)
class Entry:
    """Where an encoder is, and what its name alone says of its options."""

    module: str
    encoder: str
    preset: Mapping[str, str] = field(default_factory=dict)


def _family(name: str, checkpoint: str) -> Entry:
    return Entry("wav2vec2", "Wav2Vec2", {"name": name, "checkpoint": checkpoint})


ACOUSTIC = {
    "egemaps": Entry("egemaps", "Egemaps"),
    "hubert": _family("hubert", "facebook/hubert-base-ls960"),
    "hubert-large": _family("hubert-large", "facebook/hubert-large-ll60k"),
    "logmel": Entry("logmel", "LogMel"),
    "wav2vec2": _family("wav2vec2", "facebook/wav2vec2-base"),
    "wav2vec2-large": _family("wav2vec2-large", "facebook/wav2vec2-large"),
    "wavlm": _family("wavlm", "microsoft/wavlm-base-plus"),
    "wavlm-large": _family("wavlm-large", "microsoft/wavlm-large"),
}
LEXICAL = {
    "bert": Entry("bert", "Bert"),
    "ngrams": Entry("ngrams", "NGrams"),
    "none": Entry("none", "Nothing"),
}


def acoustic_encoder(name: str, /, **options: Any) -> AcousticEncoder:
    """Return an acoustic encoder: logmel, egemaps, or a name of the wav2vec2 family with its options.

    `offline` is understood by all: those that need no model never ask for one.
    Raises ConfigError for an unknown name or option, FeatureError if a model or an extra is missing.
    """
    return cast(AcousticEncoder, _make("acoustic", ACOUSTIC, name, options))


def lexical_encoder(name: str, /, **options: Any) -> LexicalEncoder:
    """Return a lexical encoder: ngrams, none, or bert with its options; the twin of `acoustic_encoder`."""
    return cast(LexicalEncoder, _make("lexical", LEXICAL, name, options))


def transcriber(model: str, **options: Any) -> Transcriber:
    """Return a Whisper by hub name or local folder, with its options.

    Raises ConfigError for a wrong option, FeatureError if the model cannot be had.
    """
    return cast(Transcriber, importlib.import_module("fedser.features.whisper").Whisper(model, **options))


def _make(kind: str, known: Mapping[str, Entry], name: str, options: dict[str, Any]) -> Any:
    if name not in known:
        raise ConfigError(f'features: unknown {kind} encoder "{name}"{did_you_mean(name, known)}')
    entry = known[name]
    encoder = getattr(importlib.import_module(f"fedser.features.{entry.module}"), entry.encoder)
    allowed = [key for key in inspect.signature(encoder).parameters if key != "name"]
    if "offline" not in allowed:
        options = {key: value for key, value in options.items() if key != "offline"}
    for key in options:
        if key not in allowed:
            hint = did_you_mean(key, allowed) if allowed else "; it takes no options"
            raise ConfigError(f'features: unknown option "{key}" of the {kind} encoder "{name}"{hint}')
    return encoder(**{**entry.preset, **options})
