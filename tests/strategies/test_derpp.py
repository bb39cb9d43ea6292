"""DER++ against its formula."""

from dataclasses import replace

import pytest
import torch

from fedser.seeding import generator
from fedser.strategies import Step
from fedser.strategies.derpp import DerPlusPlus
from fedser.strategies.finetuning import Finetuning
from tests.strategies.bench import Bench, Slopes, close, examples, walk

BATCH, MEMORY = examples(8, 100), examples(19, 1, outputs=True)


@pytest.mark.parametrize("sample", [None, 4])
def test_a_step_is_its_formula(sample):
    bench, draws = Bench(), generator(0, "draws")
    first, second = (MEMORY.take(draws.choice(19, sample or 8, replace=False)) for _ in range(2))
    error = ((bench.outputs(first) - first.outputs) ** 2).mean()
    expected = bench.gradient(bench.loss(BATCH) + 0.3 * error + 0.7 * bench.loss(second))
    close(bench.step(DerPlusPlus(alpha=0.3, beta=0.7, sample=sample), [MEMORY])[0], expected)


def test_the_outputs_of_two_slopes_in_closed_form():
    """MSE of f(x) = (θ₁ x, θ₂ x) to stored (a₁ x, a₂ x): the gradient is (θ − a) mean x²."""
    theta, kept = torch.tensor([0.7, -0.2], dtype=torch.float64), torch.tensor([0.1, 0.4], dtype=torch.float64)
    memory = replace(MEMORY, outputs=Slopes.outputs(kept, MEMORY))
    step = Step(BATCH, theta, memory, {}, None, Slopes(), generator(0, "draws"))
    (told, _) = DerPlusPlus(sample=19).rehearsals(step)
    value, onto = told.loss(Slopes.outputs(theta, told.examples))
    square = (MEMORY.acoustic[:, 0] ** 2).mean()
    close(Slopes.pulled_back(onto, told.examples), square * (theta - kept), 1e-14)
    assert value == pytest.approx(float(square * ((theta - kept) ** 2).mean()), abs=1e-14)


def test_without_weights_or_memories_it_is_finetuning_bit_for_bit():
    finetuned = walk(Finetuning())
    assert torch.equal(walk(DerPlusPlus(alpha=0, beta=0), [MEMORY]), finetuned)
    assert torch.equal(walk(DerPlusPlus()), finetuned)
    for other in (DerPlusPlus(alpha=0), DerPlusPlus(beta=0)):
        assert not torch.equal(walk(other, [MEMORY]), finetuned)
