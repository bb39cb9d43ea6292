"""LwF: say of new utterances what the last environment's model says."""

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
    told = teacher.outputs(BATCH).detach()
    expected = bench.gradient(bench.loss(BATCH) + 0.4 * ((bench.outputs(BATCH) - told) ** 2).mean())
    close(bench.step(Lwf(strength=0.4), state={"teacher": teacher.start})[0], expected)


def test_the_pull_on_two_slopes_in_closed_form():
    """MSE of (θ₁ x, θ₂ x) to the teacher's (a₁ x, a₂ x): the gradient is (θ − a) mean x²."""
    theta, teacher = torch.tensor([0.7, -0.2], dtype=torch.float64), torch.tensor([0.1, 0.4], dtype=torch.float64)
    step = Step(BATCH, theta, None, {"teacher": teacher}, None, Slopes(), generator(0, "draws"))
    (told,) = Lwf().batch_losses(step)
    value, onto = told.loss(Slopes.outputs(theta, BATCH))
    square = (BATCH.acoustic[:, 0] ** 2).mean()
    close(Slopes.pulled_back(onto, BATCH), square * (theta - teacher), 1e-14)
    assert value == pytest.approx(float(square * ((theta - teacher) ** 2).mean()), abs=1e-14)


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
