"""wav2vec2 and its family (HuBERT, WavLM, …) through transformers: last hidden state, mean over time."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoFeatureExtractor

from fedser.errors import FeatureError
from fedser.features import checkpoint as checkpoints
from fedser.features.batching import equal_length_batches, frozen_model
from fedser.features.encoder import RATE_HZ

SHORTEST = 400
"""Samples one output frame looks at; a shorter waveform is padded with silence to this."""


class Wav2Vec2:
    """An encoder of the wav2vec2 family by hub name or local folder, frozen.

    Utterances are encoded one at a time, or in batches of equal length (`batch_size` > 1, equal to 1e-5):
    the paper's checkpoint changes its output under padding. On a CPU it runs on one thread, in the workers.
    """

    name = "wav2vec2"
    standardise = False

    def __init__(
        self,
        checkpoint: str = "facebook/wav2vec2-base",
        *,
        offline: bool = False,
        device: str = "cpu",
        batch_size: int = 1,
    ) -> None:
        options = checkpoints.ModelOptions.read(
            {"checkpoint": checkpoint, "offline": offline, "device": device, "batch_size": batch_size},
            where=f"features.{self.name}",
        )
        checkpoints.check_device(self.name, options.device)
        self._checkpoint, config, fingerprint = checkpoints.find(
            self.name, options.checkpoint, offline=options.offline, embedded="logmel"
        )
        self._extractor = self._checkpoint.read(AutoFeatureExtractor)
        if self._extractor.model_input_names[0] != "input_values" or self._extractor.sampling_rate != RATE_HZ:
            raise FeatureError(
                f'wav2vec2: the checkpoint "{checkpoint}" ({config.model_type}) does not take waveforms at'
                f" {RATE_HZ} Hz; expected one of the family wav2vec2, HuBERT, WavLM"
            )
        self._device, self._batch_size = device, batch_size
        self.dimension = int(config.hidden_size)
        self.in_workers = device == "cpu"
        self.settings: dict[str, Any] = {
            "revision": 1,
            "model": config.model_type,
            "checkpoint": fingerprint,
            "layer": "last",
            "pooling": "mean",
            "dtype": "float32",
        }

    @cached_property
    def _model(self) -> Any:
        return self._checkpoint.model().to(self._device)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_model"}

    def encode(self, waveforms: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the last hidden state averaged over time, (len, d)."""
        vectors = np.empty((len(waveforms), self.dimension), dtype=np.float32)
        with frozen_model():
            for batch in equal_length_batches([len(each) for each in waveforms], self._batch_size):
                vectors[batch] = self._mean_state([waveforms[position] for position in batch])
        return vectors

    def _mean_state(self, waveforms: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return (len, d) for waveforms of one length."""
        padded = [np.pad(each, (0, max(0, SHORTEST - len(each)))) for each in waveforms]
        values = self._extractor(padded, sampling_rate=RATE_HZ, return_tensors="pt").input_values
        state: torch.Tensor = self._model(values.to(self._device)).last_hidden_state
        mean: NDArray[np.float32] = state.mean(dim=1).cpu().numpy()
        return mean
