"""Whether torch convolves rightly in bfloat16 on this machine's processor.

oneDNN, which torch calls for it, has been found to give convolutions with a stride plainly wrong numbers on
processors with AMX, in bfloat16 only (https://github.com/pytorch/pytorch/issues/169688). Nothing fails then, and
the embeddings are noise: so the processor is asked, with the shapes that speech models have.
"""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import conv1d

from fedser.seeding import generator

UNIT_ROUNDOFF = 2.0**-8
"""By how much of itself a number is changed at most where it is rounded to bfloat16's 8 significant bits."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One convolution over time; 16 channels are a test's model, 80 are Whisper's mels, 512 a published model."""

    channels_in: int
    channels_out: int
    kernel: int
    stride: int = 1
    groups: int = 1
    padding: int = 0
    length: int


SHAPES = (
    Shape(channels_in=1, channels_out=16, kernel=10, stride=5, length=8000),
    Shape(channels_in=1, channels_out=512, kernel=10, stride=5, length=2000),
    *(
        Shape(channels_in=16, channels_out=16, kernel=kernel, stride=2, length=length)
        for kernel in (3, 2)
        for length in (kernel, 20, 399, 1599)
    ),
    *(
        Shape(channels_in=512, channels_out=512, kernel=kernel, stride=2, length=length)
        for kernel in (3, 2)
        for length in (kernel, 100)
    ),
    Shape(channels_in=32, channels_out=32, kernel=16, groups=4, padding=8, length=40),
    Shape(channels_in=768, channels_out=768, kernel=128, groups=16, padding=64, length=20),
    Shape(channels_in=80, channels_out=384, kernel=3, padding=1, length=200),
    Shape(channels_in=384, channels_out=384, kernel=3, stride=2, padding=1, length=200),
)


@cache
def wrong_convolution() -> Shape | None:
    """Return a shape that this processor gives numbers for that rounding does not explain, or None."""
    return next((shape for shape in SHAPES if not _is_right(shape)), None)


def _is_right(shape: Shape) -> bool:
    """Compare with float64: a sum of products in float32, in whatever order, is rounded to bfloat16 once."""
    stream = generator(0, "bfloat16", str(shape))

    def drawn(*size: int) -> Tensor:
        return torch.from_numpy(stream.normal(size=size)).to(torch.bfloat16)

    def convolved(x: Tensor, w: Tensor) -> Tensor:
        return conv1d(x, w, stride=shape.stride, padding=shape.padding, groups=shape.groups)

    with torch.inference_mode():
        x = drawn(1, shape.channels_in, shape.length)
        w = drawn(shape.channels_out, shape.channels_in // shape.groups, shape.kernel)
        exact = convolved(x.double(), w.double())
        in_float32 = w[0].numel() * 2.0**-23 * convolved(x.double().abs(), w.double().abs())
        allowed = in_float32 + UNIT_ROUNDOFF * (exact.abs() + in_float32)
        return bool(((convolved(x, w).double() - exact).abs() <= allowed).all())
