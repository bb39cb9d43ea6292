"""Utterances of different lengths in one pass of a wav2vec2-like model, without any effect of the padding.

With an attention mask the transformer does not see the padding, and every frame that a convolution gives for an
utterance looks at samples of that utterance only. One step does look at everything: where the first convolution
is normalised over time (`feat_extract_norm = "group"`: wav2vec2-base, HuBERT-base, WavLM-base; trained without
a mask), padding changes the statistics. Here they are taken over each utterance's own frames.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

MASKING = {"hubert", "unispeech", "unispeech-sat", "wav2vec2", "wavlm"}
"""Kinds of models whose convolutional position embedding and attention both heed the mask."""


def can_be_padded(config: Any) -> bool:
    """Return whether a model gives for a padded utterance what it gives for that utterance alone.

    HuBERT with a batch norm before the position embedding turns the zeros of the padding into something else.
    """
    return config.model_type in MASKING and not getattr(config, "conv_pos_batch_norm", False)


def frames(config: Any, samples: int) -> int:
    """Return how many frames the convolutions give for so many samples."""
    for kernel, stride in zip(config.conv_kernel, config.conv_stride, strict=True):
        samples = (samples - kernel) // stride + 1
    return samples


def shortest(config: Any) -> int:
    """Return the samples that one frame looks at: 400 in all published models."""
    samples = 1
    for kernel, stride in zip(reversed(config.conv_kernel), reversed(config.conv_stride), strict=True):
        samples = (samples - 1) * stride + kernel
    return samples


def mean_over(counts: Tensor, state: Tensor) -> Tensor:
    """Return (b, d) in float32: the mean over the first `counts` (b,) frames of each in (b, t, d)."""
    inside = torch.arange(state.shape[1], device=state.device) < counts[:, None]
    return torch.where(inside[:, :, None], state.float(), 0).sum(dim=1) / counts[:, None]


class OwnFramesNorm(nn.Module):
    """A GroupNorm with a group for each channel, over the first `counts` (b,) frames of each, if that is set."""

    def __init__(self, norm: nn.GroupNorm) -> None:
        super().__init__()
        self.norm = norm
        self.counts: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Return (b, c, t), normalised in float32; beyond an utterance's frames, numbers without a meaning."""
        if self.counts is None:
            alike: Tensor = self.norm(x)
            return alike
        counts = self.counts[:, None, None]
        inside = torch.arange(x.shape[2], device=x.device) < counts
        mean = torch.where(inside, x.float(), 0).sum(dim=2, keepdim=True) / counts
        centred = torch.where(inside, x.float() - mean, 0)
        variance = centred.square().sum(dim=2, keepdim=True) / counts
        scale = self.norm.weight.float()[:, None] * (variance + self.norm.eps).rsqrt()
        return (centred * scale + self.norm.bias.float()[:, None]).to(x.dtype)


def prepare(model: Any) -> None:
    """Make a model ready for `own_frames`."""
    first = model.feature_extractor.conv_layers[0]
    if isinstance(getattr(first, "layer_norm", None), nn.GroupNorm):
        first.layer_norm = OwnFramesNorm(first.layer_norm)


@contextmanager
def own_frames(model: Any, samples: Tensor) -> Iterator[None]:
    """Let a prepared model take utterances of so many samples (b,), each followed by padding."""
    first = model.feature_extractor.conv_layers[0]
    norm = first.layer_norm if isinstance(getattr(first, "layer_norm", None), OwnFramesNorm) else None
    with warnings.catch_warnings():
        # WavLM gives torch a mask of another type than its position bias.
        warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask", UserWarning)
        if norm is not None:
            norm.counts = (samples - first.conv.kernel_size[0]) // first.conv.stride[0] + 1
        try:
            yield
        finally:
            if norm is not None:
                norm.counts = None


def normalised(waveform: Tensor) -> Tensor:
    """Return a waveform (n,) with mean 0 and variance 1, as the family's feature extractor does."""
    variance, mean = torch.var_mean(waveform, correction=0)
    return (waveform - mean) / (variance + 1e-7).sqrt()
