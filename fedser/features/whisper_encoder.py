"""Whisper's encoder as an acoustic encoder, through transformers: a hidden state, mean over an utterance's frames.

Whisper always hears 30 s: what an utterance lacks is filled up with silence, which its encoder attends to, as it
did in training. No batch has padding beside that, so a vector does not depend on what it was batched with. The
silence has frames of its own; they are not the utterance's and do not enter the mean.
"""

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import PrivateAttr
from torch import Tensor
from transformers import AutoFeatureExtractor
from transformers.models.whisper import modeling_whisper

from fedser.errors import FeatureError
from fedser.features import whisper_windows as windows
from fedser.features.encoder import AcousticEncoder, Waveform
from fedser.features.layers import LayerChoice
from fedser.features.padding import mean_over
from fedser.features.pretrained import PretrainedEncoder, Source
from fedser.vocabulary import RATE_HZ

_ENCODER = {r"^(model\.)?encoder\.": ""}
"""Where a checkpoint of the whole Whisper keeps the weights of its encoder; the others are not loaded."""


class WhisperEncoder(PretrainedEncoder, AcousticEncoder):
    """The encoder of a Whisper by hub name or local folder, frozen; 50 frames a second.

    By default it is the checkpoint that transcribes too: it was trained on many languages, as the corpora speak
    several, and is small enough for a CPU (20 million weights in the encoder, 512 numbers a vector).
    Utterances longer than 30 s are encoded in windows; every frame counts alike, whichever its window. Windows
    are encoded one at a time (the default on a CPU, where it runs on one thread, in the workers) or
    `batch_size` (16 elsewhere) together, equal to 1e-5.
    """

    name = "whisper"
    revision = 1
    way_out = 'use the embedded encoder "logmel"'
    gpu_batch = 16

    checkpoint: Source = "openai/whisper-base"
    """Hub name or local folder."""
    layer: Any = "last"
    """ "last", "mean", a layer's number or a list of weights; see `LayerChoice.read`."""

    _extractor: Any = PrivateAttr()
    _stride: int = PrivateAttr()
    _layer: LayerChoice = PrivateAttr()

    def described(self) -> dict[str, Any]:
        """Return the model, and which of its states the vector is."""
        return {
            "model": "whisper",
            "checkpoint": self._fingerprint,
            "layer": self._layer.describe(),
            "pooling": "mean over own frames",
            "dtype": self.dtype,
        }

    def _examine(self) -> None:
        windows.check_kind(self._config, self.checkpoint, self.where)
        self._extractor = self._checkpoint.read(AutoFeatureExtractor)
        # The second convolution takes every other spectrum.
        self._stride = 2 * self._extractor.hop_length
        hears = self._extractor.sampling_rate, self._extractor.n_samples
        wanted = RATE_HZ, self._config.max_source_positions * self._stride
        if hears != wanted:
            raise FeatureError(
                f'{self.where}: "{self.checkpoint}" hears {hears[1]} samples at {hears[0]} Hz; its config expects'
                f" {wanted[1]} at {RATE_HZ} Hz"
            )
        self._layer = LayerChoice.read(self.layer, self._config.encoder_layers, self.where)

    def _load(self) -> Any:
        model = self._checkpoint.model(self.dtype, modeling_whisper.WhisperEncoder, key_mapping=_ENCODER)
        if not self._layer.is_last:
            model.layers = self._layer.prune(model.layers)
        return model

    def encode(self, waveforms: Sequence[Waveform], /) -> NDArray[np.float32]:
        """Return the chosen hidden state averaged over each utterance's own frames, (len, d)."""
        if not waveforms:
            return np.empty((0, self.dimension), dtype=np.float32)
        pieces = [windows.cut(each, self._extractor.n_samples) for each in waveforms]
        batches = windows.batches(chain.from_iterable(pieces), self._batch)
        with self._running(f"{self._batch} windows of 30 s", "batch_size"):
            means = torch.cat([self._mean_states(batch) for batch in batches]).cpu().numpy()
        ends = np.cumsum([len(parts) for parts in pieces])[:-1]
        weights = [[self._frames(piece) for piece in parts] for parts in pieces]
        windowed = zip(np.split(means, ends), weights, strict=True)
        return np.array([np.average(rows, axis=0, weights=frames) for rows, frames in windowed], dtype=np.float32)

    def _frames(self, piece: Waveform) -> int:
        """Return how many frames are a piece's own: those whose centre lies in it, at least one.

        Frame j is centred on sample 320 j (the spectra, 160 samples apart, are centred, and so are the
        convolutions, of which the second takes every other), so they are ⌈n / 320⌉ of n samples.
        """
        return -(-len(piece) // self._stride)

    def _mean_states(self, pieces: list[Waveform]) -> Tensor:
        """Return (len, d) of one batch, still on the device."""
        heard = self._extractor(pieces, sampling_rate=RATE_HZ, return_tensors="pt", device=self.device)
        spectra = heard.input_features.to(self.device, self._model.dtype)
        counts = torch.tensor([self._frames(piece) for piece in pieces], device=spectra.device)
        return self._layer.pooled(
            self._model.layers, lambda: self._model(spectra).last_hidden_state, partial(mean_over, counts)
        )
