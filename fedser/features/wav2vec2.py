"""wav2vec2 and its family (HuBERT, WavLM, …) through transformers: a hidden state, mean over time."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr
from torch import Tensor, nn
from transformers import AutoFeatureExtractor

from fedser.errors import FeatureError
from fedser.features import padding
from fedser.features.batching import equal_length_batches, padded_batches
from fedser.features.encoder import AcousticEncoder, Waveform
from fedser.features.layers import LayerChoice, Pool
from fedser.features.pretrained import PretrainedEncoder, Source
from fedser.vocabulary import RATE_HZ


class Wav2Vec2Family(PretrainedEncoder, AcousticEncoder):
    """An encoder of the wav2vec2 family by hub name or local folder, frozen.

    Utterances are encoded one at a time (the default on a CPU, where it runs on one thread, in the workers) or
    in batches of `batch_size` (64 elsewhere), equal to 1e-5 whatever they are batched with; see `padding`.

    With `dtype` "bfloat16" or "float16" (the latter on a GPU only) vectors are not quite those of float32: over
    six utterances of RAVDESS and the sizes of wav2vec2-base and -large (random weights, computed on a CPU) they
    were off by up to 1.0 % and 0.12 % of their length. No better with automatic mixed precision.
    """

    way_out = 'use the embedded encoder "logmel"'

    layer: Any = "last"
    """ "last", "mean", a layer's number or a list of weights; see `LayerChoice.read`."""
    batch_s: float = Field(120.0, gt=0, allow_inf_nan=False)
    """Seconds of audio in one forward pass at most, padding included; they decide the memory it takes."""

    _normalise: bool = PrivateAttr()
    _layer: LayerChoice = PrivateAttr()

    def described(self) -> dict[str, Any]:
        """Return the model, and which of its states the vector is."""
        return {
            "model": self._config.model_type,
            "checkpoint": self._fingerprint,
            "layer": self._layer.describe(),
            "pooling": "mean",
            "dtype": self.dtype,
        }

    def _examine(self) -> None:
        extractor = self._checkpoint.read(AutoFeatureExtractor)
        self._check_kind(extractor)
        self._normalise = bool(extractor.do_normalize)
        self._layer = LayerChoice.read(self.layer, self._config.num_hidden_layers, self.where)

    def _check_kind(self, extractor: Any) -> None:
        """Raise FeatureError unless the checkpoint is of the family, and of the kind that the name says."""
        kind = self._config.model_type
        said = f'{self.where}: the checkpoint "{self.checkpoint}" ({kind})'
        if extractor.model_input_names[0] != "input_values" or extractor.sampling_rate != RATE_HZ:
            raise FeatureError(
                f"{said} does not take waveforms at {RATE_HZ} Hz; expected one of the family wav2vec2, HuBERT,"
                " WavLM"
            )
        if self.name != "wav2vec2" and kind != self.name.split("-")[0]:
            raise FeatureError(f'{said} is of another kind than its name; the encoder "wav2vec2" takes the family')
        if getattr(self._config, "add_adapter", False):
            raise FeatureError(f"{said} ends in an adapter for another task; expected one without")

    def _load(self) -> Any:
        model = self._checkpoint.model(self.dtype)
        if not self._layer.is_last:
            model.encoder.layers = self._layer.prune(model.encoder.layers)
        if padding.can_be_padded(self._config):
            padding.prepare(model)
        return model

    def encode(self, waveforms: Sequence[Waveform], /) -> NDArray[np.float32]:
        """Return the chosen hidden state averaged over time, (len, d)."""
        if not waveforms:
            return np.empty((0, self.dimension), dtype=np.float32)
        batches = list(self._batches([len(each) for each in waveforms]))
        with self._running(f"{self.batch_s:g} s of audio", "batch_s"):
            means = [self._mean_states([waveforms[position] for position in batch]) for batch in batches]
            vectors = torch.cat(means).cpu()  # here a GPU is waited for, once
        return vectors.numpy()[np.argsort(np.concatenate(batches))]

    def _batches(self, lengths: list[int]) -> Iterator[list[int]]:
        if self._batch > 1 and padding.can_be_padded(self._config):
            return padded_batches(lengths, self._batch, int(self.batch_s * RATE_HZ))
        return equal_length_batches(lengths, self._batch)

    def _mean_states(self, waveforms: list[Waveform]) -> Tensor:
        """Return (len, d) of one batch, still on the device."""
        sounds = [self._prepared(waveform) for waveform in waveforms]
        samples = [len(sound) for sound in sounds]
        values = nn.utils.rnn.pad_sequence(sounds, batch_first=True).to(self.device, self._model.dtype)
        if min(samples) == max(samples):
            return self._states(values, None, lambda state: state.float().mean(dim=1))
        lengths = torch.tensor(samples, device=values.device)
        mask = torch.arange(max(samples), device=values.device) < lengths[:, None]
        counts = torch.tensor([padding.frames(self._config, each) for each in samples], device=values.device)
        with padding.own_frames(self._model, lengths):
            return self._states(values, mask.long(), partial(padding.mean_over, counts))

    def _states(self, values: Tensor, mask: Tensor | None, pool: Pool) -> Tensor:
        """Return the weighted mean of the pooled states, (b, d), for (b, n) samples."""
        return self._layer.pooled(
            self._model.encoder.layers,
            lambda: self._model(values, attention_mask=mask).last_hidden_state,
            pool,
        )

    def _prepared(self, waveform: Waveform) -> Tensor:
        """Return the waveform as the model wants it, one shorter than a frame followed by silence."""
        missing = padding.shortest(self._config) - len(waveform)
        sound = torch.from_numpy(np.pad(waveform, (0, missing)) if missing > 0 else waveform)
        return padding.normalised(sound) if self._normalise else sound


class Wav2Vec2(Wav2Vec2Family):
    """wav2vec2 (Baevski et al. 2020, arXiv 2006.11477); takes the checkpoints of the whole family."""

    name = "wav2vec2"
    revision = 1
    checkpoint: Source = "facebook/wav2vec2-base"
    """Hub name or local folder."""


class Wav2Vec2Large(Wav2Vec2Family):
    """The larger one."""

    name = "wav2vec2-large"
    revision = 1
    checkpoint: Source = "facebook/wav2vec2-large"
    """Hub name or local folder."""


class Hubert(Wav2Vec2Family):
    """HuBERT (Hsu et al. 2021, arXiv 2106.07447)."""

    name = "hubert"
    revision = 1
    checkpoint: Source = "facebook/hubert-base-ls960"
    """Hub name or local folder."""


class HubertLarge(Wav2Vec2Family):
    """The larger one."""

    name = "hubert-large"
    revision = 1
    checkpoint: Source = "facebook/hubert-large-ll60k"
    """Hub name or local folder."""


class WavLM(Wav2Vec2Family):
    """WavLM (Chen et al. 2022, arXiv 2110.13900)."""

    name = "wavlm"
    revision = 1
    checkpoint: Source = "microsoft/wavlm-base-plus"
    """Hub name or local folder."""


class WavLMLarge(Wav2Vec2Family):
    """The larger one."""

    name = "wavlm-large"
    revision = 1
    checkpoint: Source = "microsoft/wavlm-large"
    """Hub name or local folder."""
