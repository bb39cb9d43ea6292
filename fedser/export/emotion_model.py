"""A model with all that stands before it: encoders, z-scores, weights.

folder/model.safetensors   the weights by name
folder/model.onnx          the same as a program, where it was asked for; see `onnx_program`
folder/config.json         the model's size, its encoders, the z-scores' statistics, what it was trained on
folder/README.md           the model card
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from fedser.errors import RunError
from fedser.features import (
    AcousticEncoder,
    LexicalEncoder,
    Standardiser,
    acoustic_encoder,
    lexical_encoder,
)
from fedser.model import ModelOptions, Regressor
from fedser.training import Examples, predict
from fedser.whole_files import write_tensors, write_text

FORMAT = 1
"""Goes up when config.json changes its meaning."""
FILES = ("model.safetensors", "model.onnx", "config.json", "README.md")


@dataclass(frozen=True, eq=False)
class EmotionModel:
    """Predicts activation and valence, on the scale [-1, 1], from speech and what was said."""

    regressor: Regressor
    config: Mapping[str, Any]
    """config.json."""

    def predict(self, waveforms: Sequence[NDArray[np.float32]], transcripts: Sequence[str]) -> NDArray[np.float64]:
        """Return (n, 2), activation and valence, for mono waveforms (samples,) at 16 kHz and their transcripts.

        Raises ValueError if there are not as many transcripts as waveforms; "" stands for an unknown one.
        """
        if len(waveforms) != len(transcripts):
            raise ValueError(f"{len(waveforms)} waveforms, but {len(transcripts)} transcripts")
        acoustic, lexical = self.encoders()
        sound = self._standardise("acoustic", acoustic.encode(waveforms))
        words = self._standardise("lexical", lexical.encode(transcripts))
        unlabelled = torch.zeros(len(waveforms), 2)
        return predict(self.regressor, Examples(torch.from_numpy(sound), torch.from_numpy(words), unlabelled))

    def encoders(self) -> tuple[AcousticEncoder, LexicalEncoder]:
        """Return the encoders whose vectors the weights expect."""
        features = self.config["features"]
        return (
            acoustic_encoder(features["acoustic"], **features["acoustic_options"]),
            lexical_encoder(features["lexical"], **features["lexical_options"]),
        )

    def _standardise(self, kind: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return Standardiser.from_dict(self.config["standardisers"][kind]).apply(vectors)

    def save(self, folder: Path) -> None:
        """Write weights and config.json into a folder; raises RunError if that cannot be done."""
        # First what tells that the folder is ours: an export that is killed can be repeated.
        write_text(folder / "config.json", json.dumps(self.config, indent=1, ensure_ascii=False) + "\n")
        write_tensors(folder / "model.safetensors", self.regressor.state_dict(), {})


def is_exported(folder: Path) -> bool:
    """Return whether a folder's config.json is one that `EmotionModel.save` wrote."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and {"fedser", "format", "standardisers"} <= config.keys()


def load(folder: Path) -> EmotionModel:
    """Return the model that `EmotionModel.save` wrote; raises RunError, in one line, if the folder holds none."""
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        if config["format"] != FORMAT:
            raise RunError(f"{folder}: a model of format {config['format']}; this version reads {FORMAT}")
        size = config["model"]
        regressor = Regressor(size["acoustic"], size["lexical"], ModelOptions.read(size["options"], str(file)))
        _check_features(config)
        file = folder / "model.safetensors"
        regressor.load_state_dict(load_file(file))
    except FileNotFoundError as error:
        raise RunError(f"{folder}: not an exported model: no {Path(str(error.filename)).name}") from None
    except _DAMAGE as error:
        lacks = f"lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
        raise RunError(f"{file}: a damaged model ({lacks}); export it again") from None
    for name, values in regressor.state_dict().items():
        if not bool(torch.isfinite(values).all()):
            raise RunError(
                f"{file}: weights that are no numbers ({name}); train the model anew and export it again"
            )
    return EmotionModel(regressor, config)


_DAMAGE = (
    OSError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RuntimeError,
    MemoryError,
    OverflowError,
    SafetensorError,
)
"""What reading a damaged folder ends in; a JSON of thousands of brackets is a RuntimeError."""


def _check_features(config: Mapping[str, Any]) -> None:
    """Raise one of `_DAMAGE` unless encoders are named, and z-scores are there for vectors as the model takes."""
    for kind in ("acoustic", "lexical"):
        name, options = config["features"][kind], config["features"][f"{kind}_options"]
        if not isinstance(name, str) or not isinstance(options, dict):
            raise TypeError(f"features.{kind}: expected an encoder's name and a table of its options")
        found, expected = len(Standardiser.from_dict(config["standardisers"][kind]).mean), config["model"][kind]
        if found != expected:
            raise ValueError(f"standardisers.{kind} has {found} values, the model takes {expected}")
