"""Gradient episodic memory (Lopez-Paz and Ranzato 2017, NeurIPS, arXiv 1706.08840).

The memories are not trained on. Where the batch's gradient would raise the loss on a memory, it is replaced by
the nearest one that does not (up to the margin, which the reference implementation puts on the dual).
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import quadprog
import torch
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import nnls
from torch import Tensor

from fedser.arrays import Doubles
from fedser.errors import NonFiniteGradientError
from fedser.model import Examples
from fedser.strategies.strategy import Direction, Past, Strategy
from fedser.strategies.visit import Step

Vector = NDArray[np.floating]

_CHUNK = 16384
"""Columns turned to float64 at a time: three rows of them stay in the processor's cache."""


class Gem(Strategy):
    """Section [gem]: the margin bounds the dual from below, eps regularises it."""

    name: ClassVar[str] = "gem"
    title: ClassVar[str] = "GEM"
    does: ClassVar[str] = "corrects a step that would raise the loss on the memory of a past environment."
    alters: ClassVar[str] = "projected"
    past: ClassVar[Past] = "memory"

    margin: float = Field(0.5, ge=0)
    """Bounds the dual from below."""
    eps: float = Field(1e-3, ge=0)
    """Regularises the dual's quadratic form."""
    memory_mode: Literal["train", "eval"] = "train"
    """Whether the memories' gradients are taken with dropout (train) or without (eval)."""

    @property
    def constraints_dropout(self) -> bool:
        """Whether dropout applies to the memories."""
        return self.memory_mode == "train"

    def constraints(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return all memories: one constraint each."""
        return memories

    def direction(self, gradients: Tensor, step: Step) -> Direction:
        """Return the batch's gradient, projected if it disagrees with a memory's."""
        if len(gradients) == 1:
            return Direction(gradients[0])
        rows = gradients.numpy()
        projected, triggered = _project(rows[0], rows[1:], self.margin, self.eps)
        return Direction(torch.from_numpy(projected) if triggered else gradients[0], triggered)


class GemWithoutMargin(Gem):
    """Section [gem0]: GEM as its paper derives it; its published runs have margin 0.5, which is [gem]."""

    name: ClassVar[str] = "gem0"
    title: ClassVar[str] = "GEM (margin 0)"

    margin: float = Field(0.0, ge=0, le=0)
    """Is 0."""


def project(gradient: Vector, memory_gradients: Vector, margin: float = 0.5, eps: float = 1e-3) -> Vector:
    """Return the gradient (p,) to follow, given that of the batch (p,) and those of the memories (t, p).

    If all inner products ⟨g, m_k⟩ are ≥ 0, it is g itself. Otherwise g + Mᵀv, where v minimises
    ½ vᵀ(MMᵀ + εI)v + (Mg)ᵀv subject to v ≥ margin. Computed in float64, returned in g's type. With tiny
    gradients ε dominates, so ⟨result, m_k⟩ ≥ 0 need not hold.

    Raises NonFiniteGradientError if an input holds NaN or infinity, ValueError if the shapes do not fit.
    """
    if gradient.ndim != 1 or memory_gradients.ndim != 2 or memory_gradients.shape[1] != gradient.size:
        raise ValueError(
            f"project needs shapes (p,) and (t, p), got {gradient.shape} and {memory_gradients.shape}"
        )
    return _project(gradient, memory_gradients, margin, eps)[0]


@np.errstate(over="ignore", invalid="ignore")  # a margin may be so large; the next step's loss shows it
def _project(gradient: Vector, memories: Vector, margin: float, eps: float) -> tuple[Vector, bool]:
    if len(memories) == 0:
        _refuse_non_finite(gradient, memories)
        return gradient, False
    products = _inner_products(gradient, memories)
    if not np.isfinite(products).all():
        _refuse_non_finite(gradient, memories)
        raise NonFiniteGradientError("gradients are too large: their inner products overflow float64")
    along, gram = products[0, 1:], products[1:, 1:]
    if (along >= 0).all():
        return gradient, False
    dual = _solve_dual(gram + eps * np.eye(len(gram)), along, margin)
    if dual is None:
        dual = _solve_dual_by_least_squares(gradient, memories, margin, eps)
    return _combine(gradient, memories, dual), True


def _inner_products(gradient: Vector, memories: Vector) -> Doubles:
    """Return the Gram matrix (1 + t, 1 + t) of the gradient and the memories' gradients, in float64."""
    size = 1 + len(memories)
    total = torch.zeros(size, size, dtype=torch.float64)
    for start in range(0, gradient.size, _CHUNK):
        columns = slice(start, start + _CHUNK)
        rows = np.concatenate([gradient[None, columns], memories[:, columns]], dtype=np.float64)
        part = torch.from_numpy(rows)
        total += part @ part.t()
    result: Doubles = total.numpy()
    return result


def _combine(gradient: Vector, memories: Vector, dual: Doubles) -> Vector:
    """Return g + Mᵀv in g's type, formed in float64."""
    result = np.empty_like(gradient)
    for start in range(0, gradient.size, _CHUNK):
        columns = slice(start, start + _CHUNK)
        result[columns] = gradient[columns] + dual @ memories[:, columns].astype(np.float64)
    return result


def _solve_dual(hessian: Doubles, along: Doubles, margin: float) -> Doubles | None:
    """Minimise ½ vᵀHv + alongᵀv subject to v ≥ margin; None if H is too ill-conditioned to tell.

    One constraint has a closed form. Rows are scaled to unit diagonal first, so that memories whose
    gradients differ by orders of magnitude do not look dependent.
    """
    diagonal = np.diag(hessian)
    if (diagonal <= 0).any():
        return None
    if len(along) == 1:
        return np.maximum(margin, -along / diagonal)
    scale = np.sqrt(diagonal)
    scaled = hessian / np.outer(scale, scale)
    if np.linalg.cond(scaled) > 1e12:
        return None
    try:
        solution = quadprog.solve_qp(scaled, -along / scale, np.eye(len(along)), margin * scale)[0]
    except ValueError:
        return None
    dual: Doubles = np.maximum(margin, solution / scale)
    return dual if np.isfinite(dual).all() else None


def _solve_dual_by_least_squares(gradient: Vector, memories: Vector, margin: float, eps: float) -> Doubles:
    """Solve the same problem as min ‖[Mᵀ; √ε I] v + [g; 0]‖ with v ≥ margin, without squaring M.

    For duplicate, dependent, zero or huge rows: a QR factorisation has the condition number of M where the
    quadratic program has its square. v = margin + u with u ≥ 0 found by Lawson and Hanson's algorithm.
    """
    count = len(memories)
    columns = np.vstack([memories.T.astype(np.float64), np.sqrt(eps) * np.eye(count)])
    target = np.concatenate([-gradient.astype(np.float64), np.zeros(count)]) - margin * columns.sum(axis=1)
    norms = np.linalg.norm(columns, axis=0)
    norms[norms == 0] = 1.0  # a zero gradient constrains nothing: its multiplier stays at the margin
    q, r = np.linalg.qr(columns / norms)
    solution: Doubles = nnls(r, q.T @ target)[0]
    dual: Doubles = margin + solution / norms
    return dual


def _refuse_non_finite(gradient: Vector, memories: Vector) -> None:
    """Raise if a value is NaN or infinite, naming whose gradient it is."""
    if not np.isfinite(gradient).all():
        raise NonFiniteGradientError("the batch's gradient holds NaN or infinity")
    for k, row in enumerate(memories):
        if not np.isfinite(row).all():
            raise NonFiniteGradientError(f"the gradient of memory {k + 1} holds NaN or infinity")
