"""The GEM projection against the reference's own outputs, and against the mathematics."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import NonFiniteGradientError
from fedser.strategies.gem import project
from tests.references.naive_step import exhaustive_dual


def exact(g, M, margin, eps):
    """The projection by exhaustion, in float64; for small t only."""
    g, M = g.astype(np.float64), M.astype(np.float64)
    if (M @ g >= 0).all():
        return g
    return g + M.T @ exhaustive_dual(M @ M.T + eps * np.eye(len(M)), M @ g, margin)


def golden(path):
    vectors = np.load(path)
    for case in json.loads(bytes(vectors["meta"])):
        parts = {k: vectors[f"{case['id']}_{k}"] for k in "gMxv" if f"{case['id']}_{k}" in vectors}
        yield case, parts


def test_golden_cases_of_the_reference(gem_vectors):
    checked = 0
    for case, parts in golden(gem_vectors):
        if not case["id"].startswith("case"):
            continue
        g, M = parts["g"], parts["M"]
        x = project(g, M, case["margin"], case["eps"])
        if case["triggered"]:
            terms = np.abs(g.astype(np.float64)) + np.abs(M.T.astype(np.float64)) @ np.abs(parts["v"])
            assert np.all(np.abs(x - parts["x"].astype(np.float64)) <= 1e-6 * terms), case["name"]
        else:
            assert x is g, case["name"]
        checked += 1
    assert checked > 40


def test_hard_cases_give_a_finite_optimum_or_a_clear_error(gem_vectors):
    checked = 0
    for case, parts in golden(gem_vectors):
        if not case["id"].startswith("hard"):
            continue
        g, M = parts["g"], parts["M"]
        checked += 1
        if not (np.isfinite(g).all() and np.isfinite(M).all()):
            with pytest.raises(NonFiniteGradientError, match="NaN or infinity"):
                project(g, M, case["margin"], case["eps"])
            continue
        x = project(g, M, case["margin"], case["eps"])
        assert np.isfinite(x).all(), case["name"]
        if case["triggered"]:
            assert_optimal(g, M, case["margin"], x, case["name"])
    assert checked >= 12


def assert_optimal(g, M, margin, x, name=""):
    """Check the optimum's conditions on x, which unlike v is unique: no feasible v comes nearer to zero.

    For ε → 0 the problem is min ‖g + Mᵀv‖ over v ≥ margin. x is optimal iff M x ≥ 0 and ⟨x, x − y⟩ ≤ 0 for
    the point y of any feasible v; the corner v = margin is one, M x ≥ 0 covers the directions from it.
    """
    M, g, x = M.astype(np.float64), g.astype(np.float64), x.astype(np.float64)
    scale = np.abs(g).max() + np.abs(M).sum(axis=0).max()
    M, g, x = M / scale, g / scale, x / scale
    corner = g + margin * M.sum(axis=0)
    assert (M @ x >= -1e-5).all(), name
    assert x @ (x - corner) <= 1e-5, name


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
