"""wav2vec2 and its family (HuBERT, WavLM, …) through transformers: a hidden state, mean over time."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from transformers import AutoFeatureExtractor

from fedser.errors import FeatureError
from fedser.features import checkpoint as checkpoints
from fedser.features import padding
from fedser.features.batching import equal_length_batches, frozen_model, padded_batches
from fedser.features.layers import LayerChoice, Pool, pooled_states
from fedser.features.quick import quicken
from fedser.vocabulary import RATE_HZ


class SpeechOptions(checkpoints.PretrainedOptions):
    """What can be chosen for an encoder of the wav2vec2 family."""

    layer: Any
    """See `LayerChoice.read`."""
    batch_s: float = Field(gt=0, allow_inf_nan=False)
    """Seconds of audio in one forward pass at most, padding included; they decide the memory it takes."""


class Wav2Vec2:
    """An encoder of the wav2vec2 family by hub name or local folder, frozen.

    Utterances are encoded one at a time (the default on a CPU, where it runs on one thread, in the workers) or
    in batches of `batch_size` (64 elsewhere), equal to 1e-5 whatever they are batched with; see `padding`.
    `layer` is "last", "mean", a layer's number or a list of weights; see `layers`.

    With `dtype` "bfloat16" or "float16" (the latter on a GPU only) vectors are not quite those of float32: over
    six utterances of RAVDESS and the sizes of wav2vec2-base and -large (random weights, computed on a CPU) they
    were off by up to 1.0 % and 0.12 % of their length. No better with automatic mixed precision.
    """

    standardise = False

    def __init__(
        self,
        checkpoint: str = "facebook/wav2vec2-base",
        *,
        layer: str | int | Sequence[float] = "last",
        dtype: str = "float32",
        offline: bool = False,
        device: str = "cpu",
        batch_size: int | None = None,
        batch_s: float = 120.0,
        name: str = "wav2vec2",
    ) -> None:
        self.name, where = name, f"features.{name}"
        self._options = SpeechOptions.read(
            {
                "checkpoint": checkpoint,
                "layer": layer,
                "dtype": dtype,
                "offline": offline,
                "device": device,
                "batch_size": checkpoints.default_batch(batch_size, device),
                "batch_s": batch_s,
            },
            where,
        )
        self._options.check_device(where)
        self._options.check_convolutions(where)
        self._checkpoint, self._config, fingerprint = checkpoints.find(
            name, checkpoint, offline=offline, way_out='use the embedded encoder "logmel"'
        )
        extractor = self._checkpoint.read(AutoFeatureExtractor)
        self._check_kind(extractor)
        self._normalise = bool(extractor.do_normalize)
        self._layer = LayerChoice.read(layer, self._config.num_hidden_layers, where)
        self.dimension = int(self._config.hidden_size)
        self.in_workers = device == "cpu"
        self.settings: dict[str, Any] = {
            "revision": 1,
            "model": self._config.model_type,
            "checkpoint": fingerprint,
            "layer": self._layer.describe(),
            "pooling": "mean",
            "dtype": dtype,
        }

    def _check_kind(self, extractor: Any) -> None:
        """Raise FeatureError unless the checkpoint is of the family, and of the kind that the name says."""
        kind = self._config.model_type
        said = f'{self.name}: the checkpoint "{self._options.checkpoint}" ({kind})'
        if extractor.model_input_names[0] != "input_values" or extractor.sampling_rate != RATE_HZ:
            raise FeatureError(
                f"{said} does not take waveforms at {RATE_HZ} Hz; expected one of the family wav2vec2, HuBERT,"
                " WavLM"
            )
        if self.name != "wav2vec2" and kind != self.name.split("-")[0]:
            raise FeatureError(f'{said} is of another kind than its name; the encoder "wav2vec2" takes the family')
        if getattr(self._config, "add_adapter", False):
            raise FeatureError(f"{said} ends in an adapter for another task; expected one without")

    @cached_property
    def _model(self) -> Any:
        model = self._checkpoint.model(self._options.dtype)
        if not self._layer.is_last:
            model.encoder.layers = self._layer.prune(model.encoder.layers)
        if padding.can_be_padded(self._config):
            padding.prepare(model)
        if self._options.device == "cpu" and self._options.dtype == "float32":
            quicken(model)
        return model.to(self._options.device)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_model"}

    def encode(self, waveforms: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the chosen hidden state averaged over time, (len, d)."""
        if not waveforms:
            return np.empty((0, self.dimension), dtype=np.float32)
        batches = list(self._batches([len(each) for each in waveforms]))
        try:
            with frozen_model():
                means = [self._mean_states([waveforms[position] for position in batch]) for batch in batches]
                vectors = torch.cat(means).cpu()  # here a GPU is waited for, once
        except torch.OutOfMemoryError:
            raise FeatureError(
                f"{self.name}: {self._options.device} has too little memory for batches of"
                f" {self._options.batch_s:g} s of audio; choose a smaller batch_s, or dtype bfloat16"
            ) from None
        return vectors.numpy()[np.argsort(np.concatenate(batches))]

    def _batches(self, lengths: list[int]) -> Iterator[list[int]]:
        if self._options.batch_size > 1 and padding.can_be_padded(self._config):
            return padded_batches(lengths, self._options.batch_size, int(self._options.batch_s * RATE_HZ))
        return equal_length_batches(lengths, self._options.batch_size)

    def _mean_states(self, waveforms: list[NDArray[np.float32]]) -> Tensor:
        """Return (len, d) of one batch, still on the device."""
        sounds = [self._prepared(waveform) for waveform in waveforms]
        samples = [len(sound) for sound in sounds]
        values = nn.utils.rnn.pad_sequence(sounds, batch_first=True).to(self._options.device, self._model.dtype)
        if min(samples) == max(samples):
            return self._states(values, None, lambda state: state.float().mean(dim=1))
        lengths = torch.tensor(samples, device=values.device)
        mask = torch.arange(max(samples), device=values.device) < lengths[:, None]
        counts = torch.tensor([padding.frames(self._config, each) for each in samples], device=values.device)
        with padding.own_frames(self._model, lengths):
            return self._states(values, mask.long(), partial(padding.mean_over, counts))

    def _states(self, values: Tensor, mask: Tensor | None, pool: Pool) -> Tensor:
        """Return the weighted mean of the pooled states, (b, d), for (b, n) samples."""
        if self._layer.is_last:
            return pool(self._model(values, attention_mask=mask).last_hidden_state)
        with pooled_states(self._model.encoder.layers, pool) as states:
            last = self._model(values, attention_mask=mask).last_hidden_state
        if self._layer.deepest == self._config.num_hidden_layers:
            states[self._layer.deepest] = pool(last)
        return self._layer.average(states)

    def _prepared(self, waveform: NDArray[np.float32]) -> Tensor:
        """Return the waveform as the model wants it, one shorter than a frame followed by silence."""
        missing = padding.shortest(self._config) - len(waveform)
        sound = torch.from_numpy(np.pad(waveform, (0, missing)) if missing > 0 else waveform)
        return padding.normalised(sound) if self._normalise else sound
