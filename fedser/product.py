"""Matrix products, by the quicker of the two libraries that torch carries.

torch computes float32 products with MKL, which uses half the vector width of current AMD processors; oneDNN,
built into the same torch, uses all of it (measured on one Zen 5 core: 230 against 100 GFLOP/s). Its linear
operator is not public, so this file is the only one to call it, and falls back to MKL where it is missing.
The choice depends on types and shapes alone: results do not change from run to run.
"""

import torch
from torch import Tensor

_WORTHWHILE = 1_000_000
"""Multiply–adds from which oneDNN's dispatch (about 10 µs) pays."""


def _find_onednn() -> torch._ops.OpOverload | None:
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    packet = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    return getattr(packet, "default", None)


_ONEDNN = _find_onednn()


def product(x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return x wᵀ + bias for x (n, k), w (m, k), bias (m,); either matrix may be a transposed view.

    Not differentiable: for hand-written backward passes and their forward passes, and for frozen models.
    """
    large = x.shape[0] * x.shape[1] * w.shape[0] >= _WORTHWHILE
    if _ONEDNN is not None and large and x.dtype == torch.float32 and x.device.type == "cpu":
        result: Tensor = _ONEDNN(x, w, bias, "none", [], "")
        return result
    return torch.mm(x, w.t()) if bias is None else torch.addmm(bias, x, w.t())
