"""The step that quadratics are descended by."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from fedser.model.penalty import damping, quadratic

VALUES = st.floats(-3, 3)


@given(theta=VALUES, centre=VALUES, gradient=VALUES, strength=st.floats(0, 1e4), rate=st.floats(1e-3, 1))
def test_a_damped_step_ends_where_the_proximal_objective_is_least(theta, centre, gradient, strength, rate):
    at, to, s = (torch.tensor([value], dtype=torch.float64) for value in (theta, centre, strength))
    held = quadratic(to, s)
    ended = float(at - rate * damping([held], rate) * (gradient + held(at)[1]))
    best = minimize_scalar(
        lambda x: gradient * x + (x - theta) ** 2 / (2 * rate) + strength / 2 * (x - centre) ** 2,
        bracket=(-4, 4),
        tol=1e-12,
    )
    assert ended == pytest.approx(best.x, abs=1e-5)


def test_quadratics_add_up_and_other_terms_damp_nothing():
    centre = torch.zeros(2)
    two = [quadratic(centre, 1.0), lambda theta: (0.0, theta), quadratic(centre, torch.tensor([0.0, 3.0]))]
    assert damping(two, 0.5).tolist() == pytest.approx([1 / 1.5, 1 / 3])
    assert damping([two[1]], 0.5) is None
