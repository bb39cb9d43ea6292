"""Gradients and memory gradients on which a GEM projection can go wrong, easy and hard, drawn from fixed streams.

Everything is drawn in float64, then rounded to the type asked for: training's float32, or float64.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class GemCase:
    """One call of `project`. Hard cases are those whose quadratic program a float64 solver gives up on."""

    name: str
    gradient: Vector
    memories: Vector
    margin: float
    eps: float = 1e-3
    hard: bool = False

    def as_type(self, kind: type[np.floating]) -> "GemCase":
        return GemCase(
            self.name, self.gradient.astype(kind), self.memories.astype(kind), self.margin, self.eps, self.hard
        )


def gem_cases() -> Iterator[GemCase]:
    """Yield all cases: random ones, conflicts, degenerate geometry, scales, ridges and margins."""
    for margin in (0.0, 0.5):
        yield from _random(margin)
        yield from _geometry(margin)
        yield from _dependent(margin, scale=1.0)
        yield from _scales(margin)
    yield from _ridges()
    for scale in (1e5, 1e6, 1e7, 1e10):
        yield from _dependent(0.5, scale, hard=True)
    yield from _dependent(0.5, 1.0, eps=0.0, hard=True)


def _draw(name: str, *size: int) -> Vector:
    return np.random.default_rng(list(name.encode())).normal(size=size)


def _random(margin: float) -> Iterator[GemCase]:
    for t, p in ((1, 5), (1, 32), (2, 64), (2, 513), (3, 17), (4, 50), (5, 128), (6, 250), (7, 99), (8, 64)):
        name = f"random, t {t}, p {p}"
        yield GemCase(f"{name}, margin {margin}", _draw(name + " g", p), _draw(name + " M", t, p), margin)
    for t, p in ((1, 32), (2, 32), (4, 200), (8, 400)):
        name = f"conflict, t {t}, p {p}"
        M = _draw(name, t, p)
        yield GemCase(f"{name}, margin {margin}", 0.1 * _draw(name + " g", p) - M.mean(axis=0), M, margin)


def _geometry(margin: float) -> Iterator[GemCase]:
    m = _draw("geometry", 20)
    g = _draw("geometry g", 20)
    across = g - m * (g @ m) / (m @ m)
    one_of_two = np.stack([-g, np.zeros(20)])
    cases = {
        "opposite": (-m, m[None]),
        "aligned": (m, np.stack([m + 0.1 * g, 2 * m])),
        "across": (np.array([0.0, 0.0, 1.0]), np.eye(3)[:2]),
        "hardly violated": (np.array([-1e-6, 0.0, 1.0]), np.eye(3)[:2]),
        "contradictory": (across - 0.5 * m, np.stack([m, -m])),
        "a memory of zeros": (g, one_of_two),
        "a gradient of zeros": (np.zeros(20), np.stack([m, g])),
        "all zeros": (np.zeros(20), np.zeros((2, 20))),
        "sparse": (
            np.array([-1.0, 0, 0, 2, 0]),
            np.array([[1.0, 0, 0, 0, 0], [0, 0, 0, -1, 0], [0, 1.0, 0, 0, 0]]),
        ),
    }
    for name, (gradient, memories) in cases.items():
        yield GemCase(f"{name}, margin {margin}", gradient, memories, margin)


def _dependent(margin: float, scale: float, eps: float = 1e-3, hard: bool = False) -> Iterator[GemCase]:
    """Yield duplicates, near duplicates, contradictions and more memories than dimensions."""
    m, g = _draw("dependent", 25), _draw("dependent g", 25)
    near = m + 1e-7 * _draw("near", 3, 25)
    few = _draw("few dimensions", 8, 5)
    cases = {
        "a duplicate": (-m + 0.1 * g, np.stack([m, m])),
        "four alike": (-m + 0.1 * g, np.stack([m] * 4)),
        "eight alike": (-m + 0.1 * g, np.stack([m] * 8)),
        "nearly alike": (-m + 0.1 * g, near),
        "one and its opposite": (-m + 0.1 * g, np.stack([m, -m])),
        "eight in five dimensions": (-few.mean(axis=0), few),
    }
    for name, (gradient, memories) in cases.items():
        title = f"{name}, margin {margin}, scale {scale:g}, ridge {eps:g}"
        yield GemCase(title, scale * gradient, scale * memories, margin, eps, hard)


def _scales(margin: float) -> Iterator[GemCase]:
    g, M = _draw("scales g", 60), _draw("scales M", 3, 60)
    g = g - 0.5 * M.sum(axis=0)
    for scale in (1e-10, 1e-3, 1e-2, 1e3, 1e5, 1e20):
        yield GemCase(f"all of size {scale:g}, margin {margin}", scale * g, scale * M, margin)
    mixed = M * np.array([[1e-5], [1.0], [1e5]])
    yield GemCase(f"memories of sizes 1e-5, 1 and 1e5, margin {margin}", g, mixed, margin)
    yield GemCase(f"a tiny gradient, huge memories, margin {margin}", 1e-5 * g, 1e5 * M, margin)


def _ridges() -> Iterator[GemCase]:
    g, M = _draw("ridges g", 40), _draw("ridges M", 3, 40)
    g = g - 0.3 * M.sum(axis=0)
    for eps in (0.0, 1e-6, 0.1):
        yield GemCase(f"ridge {eps:g}", g, M, 0.5, eps)
    yield GemCase("one memory without a ridge", g, M[:1], 0.0, 0.0)
    for margin in (-0.25, 1.0):
        yield GemCase(f"margin {margin}", g, M, margin)
