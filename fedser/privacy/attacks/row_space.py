"""Which utterances an update was learnt from, by the row space of its first layer: no label and no model needed.

A first layer y = W u + b, whose input u is the normalised embedding with the layer's gain and shift, changes in a
round by ΔW = Σ δᵢ uᵢᵀ over the utterances learnt from. So every uᵢ lies in the row space of ΔW, while an embedding
that had no part in it lies there only by the share that embeddings have in common (Dimitrov et al. 2024, DAGER,
arXiv 2405.15586, check tokens in this way). What a device learns from again lies there as well: its memory.

Under Gaussian noise of standard deviation s in each value, ΔW has rows of covariance Σ(γ) = s²I + Σⱼ γⱼ uⱼuⱼᵀ over
the candidates: γ is estimated by maximum likelihood, many candidates at a time (Wipf and Rao 2007, M-SBL, IEEE TSP
55:3704). A candidate that explains nothing gets none of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.optimize import minimize_scalar

from fedser.arrays import Doubles
from fedser.privacy.attacks.gradient_inversion import normalised_input
from fedser.privacy.attacks.update import ParameterLayout

ROUNDING = 1e-6
"""The share of a length that float32 and the drift of gain and shift over a round may put outside of its space."""
FAINT = 3e-3
"""Singular values below this share of the first are not of utterances: gain and shift drift over a round."""
ITERATIONS = 40


@dataclass(frozen=True, eq=False)
class SentRound:
    """The parameters (p,) that a device received and returned in a round, and from how many utterances."""

    before: np.ndarray[tuple[int], np.dtype[np.floating]]
    after: np.ndarray[tuple[int], np.dtype[np.floating]]
    learnt_from: int
    """New ones and those kept of other places."""
    origin: np.ndarray[tuple[int], np.dtype[np.floating]] | None = None
    """(p,) what it set out from, where its method starts anew, at initial weights that all know."""


def by_row_space(sent: Sequence[SentRound], layout: ParameterLayout, embeddings: Doubles) -> Doubles:
    """Return scores (n,) of embeddings (n, d), higher for what a device learnt from in the rounds given.

    They add over rounds. Where any round shows a floor of noise it is the `likelihood` alone: so chosen on devices
    of the adversary's own (`tests/benchmarks/row_space_choice.py`).
    """
    seen = evidence(sent, layout, embeddings)
    return seen.likely if seen.noisy else seen.inside


@dataclass(frozen=True, eq=False)
class Evidence:
    """What rounds say of candidates (n,), each higher for what was learnt from, and whether there is noise."""

    inside: Doubles
    """−log of the share of the length that lies outside of the row space, added over rounds."""
    likely: Doubles
    """The `likelihood`'s log γ‖u‖², added over rounds."""
    noisy: bool


def evidence(sent: Sequence[SentRound], layout: ParameterLayout, embeddings: Doubles) -> Evidence:
    """Return what rounds say of embeddings (n, d)."""
    layer = layout.layers[0]
    inside, likely, noisy = np.zeros(len(embeddings)), np.zeros(len(embeddings)), False
    for each in sent:
        began = each.before if each.origin is None else each.origin
        change = layout.part(each.after, f"{layer}.weight") - layout.part(each.before, f"{layer}.weight")
        if each.origin is not None:
            change = unclipped(change, layout.part(each.before - began, f"{layer}.weight"), each.learnt_from)
        gain, shift = (layout.part(began, f"{layer}.{name}") for name in ("gain", "shift"))
        inputs = normalised_input(embeddings) * gain + shift
        floor, faint = noise_floor(change), FAINT * np.linalg.norm(change, 2) / np.sqrt(max(change.shape))
        # From half of all singular values on, the median is of utterances.
        noisy = noisy or (floor > faint and 2 * each.learnt_from < min(change.shape))
        inside -= np.log(outside(change, inputs, each.learnt_from) + ROUNDING)
        likely += likelihood(change, inputs, max(floor, faint))
    return Evidence(inside, likely, bool(noisy))


def outside(change: Doubles, inputs: Doubles, count: int) -> Doubles:
    """Return the share (n,) of the squared length of inputs (n, d) outside the first `count` singular vectors.

    A `count` of d or more leaves nothing outside: so many utterances hide one another.
    """
    directions = np.linalg.svd(change, full_matrices=False)[2][:count]
    lengths = np.maximum((inputs**2).sum(axis=1), 1e-300)
    share: Doubles = 1 - ((inputs @ directions.T) ** 2).sum(axis=1) / lengths
    return np.clip(share, 0.0, 1.0)


def unclipped(change: Doubles, drift: Doubles, count: int) -> Doubles:
    """Return ΔW since an origin, of rank `count` or less, where ΔW − `drift` (m, d) came scaled, as `change`.

    A clip scales an update by 1 or less, by how much it does not say. Only the true scale leaves ΔW of low rank:
    sought is the one, down to 1/1000, with the smallest share of squared length beyond `count` singular values.
    """
    squares, mixed, fixed = change @ change.T, change @ drift.T, drift @ drift.T

    def beyond(scale: float) -> float:
        values = np.linalg.eigvalsh(squares / scale**2 + (mixed + mixed.T) / scale + fixed)[::-1]
        return float(np.log(max(values[count:].sum(), 0.0) / max(values.sum(), 1e-300) + 1e-300))

    grid = np.geomspace(1e-3, 1.0, 25)
    best = int(np.argmin([beyond(scale) for scale in grid]))
    around = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)]))
    found = minimize_scalar(beyond, bounds=around, method="bounded", options={"xatol": 1e-7 * around[1]})
    scale = min((float(found.x), float(grid[best])), key=beyond)
    whole: Doubles = change / scale + drift
    return whole


def noise_floor(change: Doubles) -> float:
    """Return the noise's standard deviation in a matrix (m, d) of low rank, by its median singular value.

    That of pure noise is √(max(m, d) μ) times the deviation, with the median μ of Marchenko and Pastur's law
    (Gavish and Donoho 2014, IEEE TIT 60:5040). Next to nothing for a matrix of low rank without noise.
    """
    least, most = sorted(change.shape)
    ratio = least / most
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2
    x = low + (high - low) * (np.linspace(0, 1, 20_001)[1:]) ** 2  # finer where the density is steep
    density = np.sqrt(np.maximum((high - x) * (x - low), 0)) / x
    mass = cumulative_trapezoid(density, x, initial=0)
    median = float(np.interp(mass[-1] / 2, mass, x))
    return float(np.median(np.linalg.svd(change, compute_uv=False)) / np.sqrt(most * median))


def likelihood(change: Doubles, inputs: Doubles, noise: float, iterations: int = ITERATIONS) -> Doubles:
    """Return log γⱼ‖uⱼ‖² (n,) of inputs (n, d) at the likelihood's maximum for the rows of ΔW (m, d) under noise.

    All is done in the span of the inputs, where the noise is what it was: whatever lies beyond tells nothing of γ.
    γ that goes to 0 is cut at 10⁻¹² of the noise. The default of `iterations` ranks; more come closer.
    """
    basis = np.linalg.qr(inputs.T)[0]
    rows, u = change @ basis, inputs @ basis
    lengths = np.maximum((u**2).sum(axis=1), 1e-300)
    gamma = np.full(len(u), (rows**2).sum() / len(rows) / lengths.sum())
    for _ in range(iterations):
        whitened = np.linalg.solve(noise**2 * np.eye(u.shape[1]) + (u.T * gamma) @ u, u.T)
        seen = ((rows @ whitened) ** 2).sum(axis=0) / len(rows)
        gamma = gamma * np.sqrt(seen / np.maximum((u.T * whitened).sum(axis=0), 1e-300))
    found: Doubles = np.log(gamma * lengths + 1e-12 * noise**2 + 1e-300)
    return found
