"""LwF: say of new utterances what the last environment's model says."""

import numpy as np
import pytest
import torch

from fedser.seeding import generator
from fedser.strategies import Step
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.lwf import Lwf
from tests.strategies.bench import Bench, Slopes, close, examples, visit_of, walk

BATCH = examples(8, 100)


def test_a_step_is_its_formula():
    bench, teacher = Bench(0), Bench(1)
    told, said = (one.plain(BATCH.acoustic, BATCH.lexical) for one in (teacher, bench))
    expected = bench.gradient(bench.loss(BATCH) + 0.4 * ((said - told.detach()) ** 2).mean())
    close(bench.step(Lwf(strength=0.4), state={"teacher": teacher.start})[0], expected)


def test_the_pull_on_two_slopes_in_closed_form():
    """MSE of tanh (θ₁ x, θ₂ x) to tanh (a₁ x, a₂ x): the gradient is that of Σ (tanh θx − tanh ax)² / 2n."""
    theta, teacher = torch.tensor([0.7, -0.2], dtype=torch.float64), torch.tensor([0.1, 0.4], dtype=torch.float64)
    step = Step(BATCH, theta, None, {"teacher": teacher}, None, Slopes(), generator(0, "draws"))
    (told,) = Lwf().batch_losses(step)
    value, onto = told.loss(Slopes.outputs(theta, BATCH))
    x = BATCH.acoustic[:, :1]
    away = torch.tanh(x * theta) - torch.tanh(x * teacher)
    close(Slopes.pulled_back(onto, BATCH), (x * away / torch.cosh(x * theta) ** 2).mean(0), 1e-14)
    assert value == pytest.approx(float((away**2).mean()), abs=1e-14)


def test_the_teacher_is_the_model_of_the_last_environment():
    first, second = Bench(0), Bench(1)
    state = Lwf().leave(Lwf().learnt({}, visit_of(first, BATCH)))
    assert set(state) == {"teacher"}
    close(state["teacher"], first.start)
    later = Lwf().leave(Lwf().learnt(state, visit_of(second, BATCH)))
    close(later["teacher"], second.start)
    assert Lwf().leave({}) == {}


def test_strength_0_is_finetuning_bit_for_bit():
    finetuned = walk(Finetuning())
    state = {"teacher": torch.zeros_like(finetuned)}
    assert torch.equal(walk(Lwf(strength=0), state=state), finetuned)
    assert torch.equal(walk(Lwf()), finetuned)
    assert not torch.equal(walk(Lwf(), state=state), finetuned)


def test_a_saturated_teacher_does_not_drown_the_ratings():
    """Before tanh the pull to a teacher grows with the distance; after it, it fades far out as the loss does."""
    batch, out = examples(8, 100), torch.full((8, 2), 6.0, dtype=torch.float64)
    step = Step(batch, torch.zeros(2), None, {"teacher": torch.zeros(2)}, None, Constant(-out), generator(0, ""))
    (told,) = Lwf(strength=1.0).batch_losses(step)
    pull = told.loss(out)[1].abs()
    assert pull.min() > 0
    assert pull.max() <= 2 * 2 / out.numel() / np.cosh(6.0) ** 2 * (1 + 1e-9)  # 2 (p − t) / n, |p − t| ≤ 2


class Constant:
    """A model that says the same of all."""

    def __init__(self, outputs):
        self._outputs = outputs

    def outputs(self, parameters, part):
        return self._outputs
