"""Synaptic intelligence: the path, its weights, and the quadratic."""

import numpy as np
import torch

from fedser.strategies import Taken
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.si import Si
from tests.strategies.bench import RATE, Bench, close, examples, visit_of, walk

BATCH = examples(8, 100)


def test_the_path_of_two_parameters_in_closed_form():
    """Descending ½ Σ a (θ − t)² in n steps of η: θₙ − t = rⁿ (θ₀ − t), r = 1 − η a, and
    ω = η a² (θ₀ − t)² (1 − r²ⁿ) / (1 − r²), nearly by how much each has lowered the loss.
    """
    a, t = (torch.tensor(two, dtype=torch.float64) for two in ([2.0, 0.5], [1.0, -2.0]))
    rate, n = 1e-3, 800
    theta, si = torch.zeros(2).double(), Si(damping=0.5)
    state = {"path": torch.zeros(2).double(), "moved": torch.zeros(2).double()}
    for _ in range(n):
        after = theta - rate * a * (theta - t)
        state = si.stepped(state, Taken(theta, after, a * (theta - t), a * (theta - t)))
        theta = after
    r = 1 - rate * a
    path = rate * a**2 * t**2 * (1 - r ** (2 * n)) / (1 - r**2)
    close(state["path"], path, 1e-12)
    close(state["path"], 0.5 * a * (t**2 - (theta - t) ** 2), 2e-3)
    left = si.leave({**state, "last": theta})
    close(left["importance"], path / ((t * (1 - r**n)) ** 2 + 0.5), 1e-12)
    again = si.leave({**left, **state, "last": theta})
    close(again["importance"], 2 * left["importance"], 1e-12)


def test_a_step_descends_loss_and_quadratic_and_the_path_leaves_the_penalty_out():
    bench, stream = Bench(), np.random.default_rng(0)
    away, weights = (torch.from_numpy(stream.normal(size=len(bench.start)) ** 2) for _ in range(2))
    g, si = bench.gradient(bench.loss(BATCH)), Si(strength=3.0)
    state = si.arrive({"importance": weights, "centre": bench.start - away}, visit_of(bench, BATCH))
    found, _, step = bench.step(si, state=state)
    expected = (g + 2 * 3.0 * weights * away) / (1 + RATE * 2 * 3.0 * weights)
    close(found, expected)
    close(step.state["path"], RATE * g * expected)
    close(step.state["moved"], -RATE * expected)


def test_a_weight_is_never_negative():
    one = torch.ones(1)
    left = Si().leave({"path": -one, "moved": one, "importance": 0.1 * one, "last": one})
    assert left["importance"].tolist() == [0.0]


def test_strength_0_is_finetuning_bit_for_bit():
    finetuned, zeros = walk(Finetuning()), torch.zeros_like(walk(Finetuning()))
    path = {"path": zeros, "moved": zeros}
    state = {**path, "centre": zeros, "importance": torch.ones_like(zeros)}
    assert torch.equal(walk(Si(strength=0), state=state), finetuned)
    assert torch.equal(walk(Si(), state=path), finetuned)
    assert not torch.equal(walk(Si(strength=1), state=state), finetuned)
