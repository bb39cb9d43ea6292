"""Gradients of several losses from one forward and one backward pass.

GEM needs, at every step, the gradient of the batch and of each memory. Their losses share the parameters but
no rows: so the batch and the memories go through the network together as *segments* of one matrix, the sum of
their losses is propagated back once, and only where a parameter's gradient is formed are the segments told
apart. This costs one forward and one backward pass over all rows, whatever the number of memories, and the
gradients land in one flat matrix without a copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from fedser.model.parameters import FlatParameters
from fedser.model.work import flops_of_layer
from fedser.product import product


@dataclass(frozen=True)
class GradientSheet:
    """A matrix (segments, p) that a backward pass fills: row k is the gradient of segment k's loss.

    `segments` are the row ranges (start, stop) of the forward pass, in any order; every row belongs to one.
    """

    parameters: FlatParameters
    segments: Sequence[tuple[int, int]]
    matrix: Tensor = field(init=False)
    views: list[dict[str, Tensor]] = field(init=False)

    def __post_init__(self) -> None:
        vector = self.parameters.vector
        object.__setattr__(self, "matrix", vector.new_zeros((len(self.segments), vector.numel())))
        object.__setattr__(self, "views", [self.parameters.views_of(row) for row in self.matrix])

    def of(self, layer: str) -> list[tuple[int, int, Tensor, Tensor, Tensor, Tensor]]:
        """Return per segment (start, stop, ∇gain, ∇shift, ∇weight, ∇bias) of one layer, as views to write."""
        parts = ("gain", "shift", "weight", "bias")
        return [
            (start, stop, *(view[f"{layer}.{part}"] for part in parts))  # type: ignore[misc]
            for (start, stop), view in zip(self.segments, self.views, strict=True)
        ]


class NormalisedLinear(nn.Module):
    """LayerNorm on the input, then a linear map: y = W (x̂ ∘ gain + shift) + bias.

    `forward(x)` is differentiated by torch as usual. `forward(x, sheet)` instead writes the parameters'
    gradients of every segment into the sheet when the backward pass reaches the layer. Both agree to rounding.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.name = ""  # dotted path in the model, set by the model
        self.flops = 0  # of all passes so far, the backward one of a forward one that torch keeps among them
        self.gain = nn.Parameter(torch.ones(inputs))
        self.shift = nn.Parameter(torch.zeros(inputs))
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, sheet: GradientSheet | None = None) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        of_data = sheet is not None and not x.requires_grad  # torch itself goes back through gain and shift
        if not torch.compiler.is_compiling():  # a program to be exported has no number of rows
            self.flops += flops_of_layer(x.shape[0], self.weight.numel(), torch.is_grad_enabled(), of_data)
        if sheet is None:
            normal = nn.functional.layer_norm(x, (x.shape[1],), self.gain, self.shift, EPSILON)
            if torch.is_grad_enabled():
                return nn.functional.linear(normal, self.weight, self.bias)
            return product(normal, self.weight, self.bias)
        output: Tensor = _SegmentedLinear.apply(  # type: ignore[no-untyped-call]
            x, self.gain, self.shift, self.weight, self.bias, sheet.of(self.name)
        )
        return output


EPSILON = 1e-5
"""LayerNorm's, as in torch."""


def normalised(x: Tensor) -> Tensor:
    """Return x (n, d) as the first step of LayerNorm leaves it: every row of mean 0 and variance 1."""
    return nn.functional.layer_norm(x, (x.shape[1],), eps=EPSILON)


class _SegmentedLinear(torch.autograd.Function):
    """`NormalisedLinear` with a backward pass that keeps the segments' parameter gradients apart."""

    @staticmethod
    def forward(ctx, x, gain, shift, weight, bias, segments):  # type: ignore[no-untyped-def]
        shape = [x.shape[1]]
        if ctx.needs_input_grad[0]:
            normal, mean, rstd = torch.native_layer_norm(x, shape, gain, shift, EPSILON)
            output = product(normal, weight, bias)
            ctx.save_for_backward(x, normal, mean, rstd, gain, shift, weight)
        else:
            normal, _, _ = torch.native_layer_norm(x, shape, None, None, EPSILON)
            output = product(normal, weight * gain, torch.addmv(bias, weight, shift))
            ctx.save_for_backward(normal, gain, shift, weight)
        ctx.segments = segments
        return output

    @staticmethod
    def backward(ctx, delta):  # type: ignore[no-untyped-def]
        if ctx.needs_input_grad[0]:
            return _inner_gradients(ctx, delta), None, None, None, None, None
        _outer_gradients(ctx, delta)
        return None, None, None, None, None, None


def _inner_gradients(ctx, delta: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
    """Write a hidden layer's parameter gradients and return the gradient of its input."""
    x, normal, mean, rstd, gain, shift, weight = ctx.saved_tensors
    into_norm = product(delta, weight.t())
    into_x = torch.empty_like(x)  # every row belongs to a segment
    for start, stop, d_gain, d_shift, d_weight, d_bias in ctx.segments:
        rows = slice(start, stop)
        d_weight.copy_(product(delta[rows].t(), normal[rows].t()))
        torch.sum(delta[rows], 0, out=d_bias)
        into_x[rows], gain_part, shift_part = torch.ops.aten.native_layer_norm_backward(
            into_norm[rows], x[rows], [x.shape[1]], mean[rows], rstd[rows], gain, shift, [True, True, True]
        )
        d_gain.copy_(gain_part)
        d_shift.copy_(shift_part)
    return into_x


def _outer_gradients(ctx, delta: Tensor) -> None:  # type: ignore[no-untyped-def]
    """Write the parameter gradients of a layer whose input is data.

    No gradient of the input is needed, and that of gain and shift follows from G = δᵀx̂ and s = Σδ:
    ∇W = G ∘ gain + s shiftᵀ, ∇gain = column sums of W ∘ G, ∇shift = Wᵀs. It saves the product δW over all rows,
    the largest of the network because the inputs are its widest vectors.
    """
    normal, gain, shift, weight = ctx.saved_tensors
    for start, stop, d_gain, d_shift, d_weight, d_bias in ctx.segments:
        rows = slice(start, stop)
        torch.sum(delta[rows], 0, out=d_bias)
        inner = product(delta[rows].t(), normal[rows].t())  # G
        torch.sum(inner * weight, 0, out=d_gain)
        torch.mv(weight.t(), d_bias, out=d_shift)
        torch.addr(inner.mul_(gain), d_bias, shift, out=d_weight)
