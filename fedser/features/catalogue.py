"""The encoders by name; each is imported only when asked for, so that none costs the others' imports."""

import importlib
from collections.abc import Mapping
from typing import Any, cast

from fedser.errors import ConfigError
from fedser.features.encoder import AcousticEncoder, LexicalEncoder, NamedEncoder, Transcriber
from fedser.plugins import Registry

ENCODERS: Registry[type[NamedEncoder]] = Registry(
    "encoders",
    "encoder",
    {
        "bert": "fedser.features.bert:Bert",
        "egemaps": "fedser.features.egemaps:Egemaps",
        "hubert": "fedser.features.wav2vec2:Hubert",
        "hubert-large": "fedser.features.wav2vec2:HubertLarge",
        "logmel": "fedser.features.logmel:LogMel",
        "ngrams": "fedser.features.ngrams:NGrams",
        "none": "fedser.features.none:Nothing",
        "wav2vec2": "fedser.features.wav2vec2:Wav2Vec2",
        "wav2vec2-large": "fedser.features.wav2vec2:Wav2Vec2Large",
        "wavlm": "fedser.features.wav2vec2:WavLM",
        "wavlm-large": "fedser.features.wav2vec2:WavLMLarge",
        "whisper": "fedser.features.whisper_encoder:WhisperEncoder",
    },
)
"""Acoustic and lexical encoders. A new one: its file, its test, a line here."""


def acoustic_encoder(name: str, /, **options: Any) -> AcousticEncoder:
    """Return an acoustic encoder by name, with its options: the fields of its class.

    `offline` is understood by all: those that need no model never ask for one.
    Raises ConfigError for an unknown name or option, FeatureError if a model or an extra is missing.
    """
    return cast(AcousticEncoder, _make("acoustic", AcousticEncoder, name, options))


def lexical_encoder(name: str, /, **options: Any) -> LexicalEncoder:
    """Return a lexical encoder by name, with its options; the twin of `acoustic_encoder`."""
    return cast(LexicalEncoder, _make("lexical", LexicalEncoder, name, options))


def transcriber(model: str, **options: Any) -> Transcriber:
    """Return a Whisper by hub name or local folder, with its options.

    Raises ConfigError for a wrong option, FeatureError if the model cannot be had.
    """
    module = importlib.import_module("fedser.features.whisper_transcriber")
    return cast(Transcriber, module.WhisperTranscriber.read({"checkpoint": model, **options}, "transcription"))


def _make(word: str, kind: type[Any], name: str, options: Mapping[str, Any]) -> NamedEncoder:
    encoder = ENCODERS.find(name, f"features.{word}")
    if not issubclass(encoder, kind):
        raise ConfigError(
            f'features.{word}: "{name}" is no {word} encoder: it does not derive from {kind.__name__}'
        )
    if "offline" not in encoder.model_fields:
        options = {key: value for key, value in options.items() if key != "offline"}
    if options and not encoder.model_fields:
        raise ConfigError(f'features.{name}: unknown key "{next(iter(options))}"; this encoder takes no options')
    return encoder.read(options, f"features.{name}")
