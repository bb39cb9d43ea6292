"""The encoders by name; each is imported only when asked for, so that none costs the others' imports."""

import importlib
import inspect
from typing import Any, cast

from fedser.errors import ConfigError, did_you_mean
from fedser.features.encoder import AcousticEncoder, LexicalEncoder

ACOUSTIC = {"egemaps": "Egemaps", "logmel": "LogMel", "wav2vec2": "Wav2Vec2"}
LEXICAL = {"bert": "Bert", "ngrams": "NGrams", "none": "Nothing"}
"""Name (also that of the module here) → class."""


def acoustic_encoder(name: str, **options: Any) -> AcousticEncoder:
    """Return an acoustic encoder: logmel, wav2vec2 (checkpoint, offline, device, batch_size) or egemaps.

    Raises ConfigError for an unknown name or option, FeatureError if a model or an extra is missing.
    """
    return cast(AcousticEncoder, _make("acoustic", ACOUSTIC, name, options))


def lexical_encoder(name: str, **options: Any) -> LexicalEncoder:
    """Return a lexical encoder: ngrams, bert (checkpoint, offline, device, batch_size) or none.

    Raises ConfigError for an unknown name or option, FeatureError if a model cannot be had.
    """
    return cast(LexicalEncoder, _make("lexical", LEXICAL, name, options))


def _make(kind: str, known: dict[str, str], name: str, options: dict[str, Any]) -> Any:
    if name not in known:
        raise ConfigError(f'features: unknown {kind} encoder "{name}"{did_you_mean(name, known)}')
    encoder = getattr(importlib.import_module(f"fedser.features.{name}"), known[name])
    allowed = inspect.signature(encoder).parameters
    for key in options:
        if key not in allowed:
            hint = did_you_mean(key, allowed) if allowed else "; it takes no options"
            raise ConfigError(f'features: unknown option "{key}" of the {kind} encoder "{name}"{hint}')
    return encoder(**options)
