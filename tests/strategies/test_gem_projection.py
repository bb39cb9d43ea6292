"""The GEM projection against exact arithmetic, and against the mathematics."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import NonFiniteGradientError
from fedser.strategies.gem import project
from tests.references.exact_gem import projected
from tests.references.gem_cases import gem_cases
from tests.references.naive_step import exhaustive_dual


def exact(g, M, margin, eps):
    """The projection by exhaustion, in float64; for small t only."""
    g, M = g.astype(np.float64), M.astype(np.float64)
    if (M @ g >= 0).all():
        return g
    return g + M.T @ exhaustive_dual(M @ M.T + eps * np.eye(len(M)), M @ g, margin)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("case", list(gem_cases()), ids=lambda case: case.name)
def test_equals_exact_arithmetic(case, kind):
    case = case.as_type(kind)
    expected, dual = projected(case.gradient, case.memories, case.margin, case.eps)
    x = project(case.gradient, case.memories, case.margin, case.eps)
    if not any(dual):
        assert x is case.gradient or expected == [Fraction(float(value)) for value in x]
        return
    assert x.dtype == kind
    sizes = np.abs(np.array([float(value) for value in dual]))
    terms = np.abs(case.gradient.astype(np.float64)) + np.abs(case.memories.astype(np.float64)).T @ sizes
    rounding = 2.0**-24 if kind == np.float32 else 0.0
    off = [abs(Fraction(float(ours)) - exact) for ours, exact in zip(x, expected, strict=True)]
    assert all(value <= (rounding + 1e-10) * most for value, most in zip(off, terms, strict=True))


def test_there_are_hard_cases_and_most_change_the_gradient():
    cases = list(gem_cases())
    assert sum(case.hard for case in cases) == 30
    changed = [any(projected(case.gradient, case.memories, case.margin, case.eps)[1]) for case in cases]
    assert 80 < sum(changed) < len(cases)


def test_exact_arithmetic_worked_by_hand():
    """g = (−1, −1), m₁ = (1, 0), m₂ = (1, 1), ε = 0: H = [[1, 1], [1, 2]], a = (−1, −2), so v = (0, 1), x = 0."""
    g, M = np.array([-1.0, -1.0]), np.array([[1.0, 0.0], [1.0, 1.0]])
    assert projected(g, M, 0.0, 0.0) == ([0, 0], [0, 1])
    # v₁ ≥ ½ binds: v₂ = (2 − ½) / 2.
    assert projected(g, M, 0.5, 0.0) == ([Fraction(1, 4), Fraction(-1, 4)], [Fraction(1, 2), Fraction(3, 4)])
    # A ridge of 1 on the only memory halves its dual.
    assert projected(g, M[:1], 0.0, 1.0) == ([Fraction(-1, 2), -1], [Fraction(1, 2)])


def test_without_memories_there_is_nothing_to_heed():
    g = np.ones(10, dtype=np.float32)
    assert project(g, np.empty((0, 10), dtype=np.float32)) is g


@given(
    seed=st.integers(0, 2**32),
    t=st.integers(1, 5),
    p=st.integers(1, 30),
    margin=st.sampled_from([0.0, 0.5, 1.0]),
    eps=st.sampled_from([1e-3, 0.1]),
    log_scale=st.floats(-3, 3),
)
def test_equals_the_exhaustive_solution(seed, t, p, margin, eps, log_scale):
    stream = np.random.default_rng(seed)
    g = stream.normal(size=p) * 10**log_scale
    M = stream.normal(size=(t, p)) * 10**log_scale
    x = project(g, M, margin, eps)
    scale = np.linalg.norm(g) + np.linalg.norm(M, axis=1).sum()
    assert np.linalg.norm(x - exact(g, M, margin, eps)) <= 1e-7 * scale


@given(seed=st.integers(0, 2**32), t=st.integers(2, 6), p=st.integers(1, 8))
def test_dependent_duplicate_and_zero_rows_are_solved(seed, t, p):
    stream = np.random.default_rng(seed)
    M = stream.normal(size=(t, p))
    M[1] = M[0]
    if t > 2:
        M[2] = 0
    g = -M[0] + 0.1 * stream.normal(size=p)
    for eps in (0.0, 1e-3):
        x = project(g, M, 0.5, eps)
        assert np.isfinite(x).all()
    if (M @ g < 0).any():
        expected = exact(g, M, 0.5, 1e-3)
        scale = np.linalg.norm(g) + np.linalg.norm(M, axis=1).sum()
        assert np.linalg.norm(project(g, M, 0.5, 1e-3) - expected) <= 1e-6 * scale


def test_agreeing_gradients_are_left_alone():
    g = np.array([1.0, 2.0])
    assert project(g, np.array([[1.0, 0.0], [0.0, 0.0]])) is g


def test_one_violated_constraint_worked_by_hand():
    # g·m = −1, m·m = 1, ε = 0, margin 0: v = 1, x = g + m = (0, 1).
    x = project(np.array([-1.0, 1.0]), np.array([[1.0, 0.0]]), margin=0.0, eps=0.0)
    assert x.tolist() == [0.0, 1.0]


def test_margin_is_the_least_weight_of_every_memory():
    # Only the first memory is violated, and hardly; both are added with weight 1/2.
    g = np.array([-1e-6, 0.0, 1.0])
    M = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert project(g, M) == pytest.approx(g + 0.5 * M.sum(axis=0))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_non_finite_gradients_name_their_memory(bad):
    g, M = np.ones(3), np.ones((2, 3))
    with pytest.raises(NonFiniteGradientError, match="batch"):
        project(np.array([1.0, bad, 0.0]), M)
    M[1, 0] = bad
    with pytest.raises(NonFiniteGradientError, match="memory 2"):
        project(g, M)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        project(np.ones(3), np.ones((2, 4)))
