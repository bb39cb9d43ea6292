"""Online EWC: its quadratic, and what it is weighted by."""

import numpy as np
import torch

from fedser.strategies.ewc import Ewc
from fedser.strategies.finetuning import Finetuning
from tests.strategies.bench import RATE, Bench, close, examples, visit_of, walk

BATCH = examples(8, 100)


def test_the_weights_are_mean_squared_gradients_of_batches_that_decay():
    bench, ewc, first, second = Bench(), Ewc(decay=0.5), examples(17, 5), examples(9, 6)
    squares = [
        [bench.gradient(bench.loss(own.take(rows))) ** 2 for rows in batches]
        for own, batches in ((first, (np.arange(8), np.arange(8, 16))), (second, (np.arange(8),)))
    ]  # a last batch of one is left out
    state = ewc.leave(ewc.learnt(ewc.arrive({}, visit_of(bench, first)), visit_of(bench, first)))
    close(state["fisher"], sum(squares[0]) / 2)
    close(state["centre"], bench.start)
    # A device that stays learns in several rounds.
    again = ewc.leave(ewc.learnt(ewc.learnt(state, visit_of(bench, second)), visit_of(bench, second)))
    close(again["fisher"], 0.5 * sum(squares[0]) / 2 + squares[1][0])
    assert set(again) == {"fisher", "centre"}


def test_a_step_descends_loss_and_quadratic():
    bench, stream = Bench(), np.random.default_rng(0)
    away, fisher = (torch.from_numpy(stream.normal(size=len(bench.start)) ** 2) for _ in range(2))
    state = {"fisher": fisher, "centre": bench.start - away}
    expected = (bench.gradient(bench.loss(BATCH)) + 3.0 * fisher * away) / (1 + RATE * 3.0 * fisher)
    close(bench.step(Ewc(strength=3.0), state=state)[0], expected)


def test_the_compromise_of_two_parameters_in_closed_form():
    """½ Σ a (θ − t)² + λ/2 Σ F (θ − θ*)² is least at (a t + λ F θ*) / (a + λ F)."""
    values = ([2.0, 1.0], [1.0, -1.0], [0.5, 3.0], [0.2, 0.3])
    a, t, fisher, centre = (torch.tensor(two, dtype=torch.float64) for two in values)
    (penalty,) = Ewc(strength=4.0).penalties({"fisher": fisher, "centre": centre})
    best = (a * t + 4 * fisher * centre) / (a + 4 * fisher)
    close(a * (best - t) + penalty(best)[1], torch.zeros(2).double(), 1e-14)
    value = 2 * (0.5 * (best[0] - 0.2) ** 2 + 3 * (best[1] - 0.3) ** 2)
    assert abs(penalty(best)[0] - float(value)) < 1e-14


def test_strength_0_is_finetuning_bit_for_bit():
    finetuned = walk(Finetuning())
    state = {"centre": torch.zeros_like(finetuned), "fisher": torch.ones_like(finetuned)}
    assert torch.equal(walk(Ewc(strength=0), state=state), finetuned)
    assert torch.equal(walk(Ewc()), finetuned)
    assert not torch.equal(walk(Ewc(strength=1), state=state), finetuned)


def test_an_environment_without_a_batch_changes_nothing():
    bench = Bench()
    alone = visit_of(bench, examples(1, 5))
    assert Ewc().leave(Ewc().learnt({}, alone)) == {}


def test_no_strength_makes_it_diverge():
    """Steps of plain descent grow |1 − η λ F| times each; these shrink 1 + η λ F times, to θ* at the greatest."""
    start = walk(Finetuning(), steps=0)
    state = {"centre": start + 1, "fisher": torch.full_like(start, 10.0)}
    for strength, tolerance in ((100.0, 0.02), (1e12, 1e-6)):
        ended = walk(Ewc(strength=strength), state=state, steps=20)
        assert (ended - state["centre"]).abs().max() < tolerance
