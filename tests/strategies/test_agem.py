"""A-GEM against its formula, and what it promises."""

import pytest
import torch

from fedser.model import Examples
from fedser.seeding import generator
from fedser.strategies import Step
from fedser.strategies.agem import AGem
from tests.strategies.bench import Bench, close, examples

BATCH = examples(8, 100)


@pytest.mark.parametrize("seed", range(6))
def test_agem_projects_on_a_batch_of_all_memories(seed):
    bench, memories = Bench(seed), [examples(9, 10 + seed), examples(30, 20 + seed)]
    whole = Examples.join(memories)
    draws = generator(0, "draws")
    drawn = whole.take(draws.choice(39, 12, replace=False))
    g, m = bench.gradient(bench.loss(BATCH)), bench.gradient(bench.loss(drawn))
    expected = g if g @ m >= 0 else g - (g @ m) / (m @ m) * m
    found, report, _ = bench.step(AGem(sample=12), memories)
    close(found, expected)
    assert report.altered == bool(g @ m < 0)
    if report.altered:
        assert abs(found @ m) < 1e-9 * m.norm() * g.norm()


def test_both_outcomes_of_agem_occur():
    altered = {
        Bench(s).step(AGem(sample=12), [examples(9, 10 + s), examples(30, 20 + s)])[1].altered for s in range(6)
    }
    assert altered == {True, False}


def test_agem_without_memories_and_with_one_utterance_is_finetuning():
    for memories in ([], [examples(1, 3)]):
        bench = Bench()
        expected = bench.gradient(bench.loss(BATCH))
        found, report, _ = bench.step(AGem(), memories)
        close(found, expected)
        assert not report.altered


@pytest.mark.parametrize("seed", range(6))
def test_a_small_step_never_raises_the_loss_on_what_was_drawn(seed):
    """To first order; what is left is of second order, and falls with the square of the step."""
    bench, memories = Bench(seed), [examples(9, 10 + seed), examples(30, 20 + seed)]
    drawn = Examples.join(memories).take(generator(0, "draws").choice(39, 12, replace=False))
    direction = bench.step(AGem(sample=12), memories)[0]
    m = bench.gradient(bench.loss(drawn))
    assert m @ direction > -1e-9 * m.norm() * direction.norm()
    risen = []
    for rate in (1e-5, 1e-6):
        torch.nn.utils.vector_to_parameters(bench.start - rate * direction, _parameters(bench.plain))
        after = bench.loss(drawn).item()
        torch.nn.utils.vector_to_parameters(bench.start, _parameters(bench.plain))
        risen.append(after - bench.loss(drawn).item())
    assert risen[1] < max(risen[0], 0) / 50 + 1e-12


def _parameters(plain):
    return [p for norm, linear in plain.linears() for p in (*norm.parameters(), *linear.parameters())]


def test_two_parameters_in_closed_form():
    """g = (1, −2) and m = (1, 1) disagree: what is left of g is across m, (1.5, −1.5)."""
    step = Step(BATCH, torch.zeros(2), None, {}, None, None, generator(0, "draws"))
    found = AGem().direction(torch.tensor([[1.0, -2.0], [1.0, 1.0]]), step)
    assert found.altered
    assert found.gradient.tolist() == [1.5, -1.5]
