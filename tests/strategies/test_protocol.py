"""What a strategy may do, against plain float64 computations on the same small model."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fedser.seeding import generator
from fedser.strategies import Rehearsal, Step, Strategy, squared_error
from fedser.training import FrozenModel
from tests.strategies.bench import RATE, Bench, close, examples, visit_of
from tests.strategies.user_methods import Der, Ewc, Lwf, Watcher

BATCH, MEMORY, OTHER = examples(8, 100), examples(9, 1, outputs=True), examples(6, 2, outputs=True)


class Together(Strategy):
    """Every kind of rehearsal at once, of fixed minibatches."""

    name = "together"

    def rehearsals(self, step):
        return [
            Rehearsal(MEMORY, weight=0.25),
            Rehearsal(OTHER, apart=True),
            Rehearsal(OTHER, squared_error(OTHER.outputs), 0.5),
            Rehearsal(MEMORY, squared_error(MEMORY.outputs), 2.0, apart=True),
        ]

    def direction(self, gradients, step):
        Together.rows = gradients.clone()
        return super().direction(gradients, step)


def test_rehearsals_join_the_batch_or_stand_apart():
    bench = Bench()
    error = {id(part): ((bench.outputs(part) - part.outputs) ** 2).mean() for part in (MEMORY, OTHER)}
    joined = bench.loss(BATCH) + 0.25 * bench.loss(MEMORY) + 0.5 * error[id(OTHER)]
    expected = [bench.gradient(joined), bench.gradient(bench.loss(OTHER)), bench.gradient(2 * error[id(MEMORY)])]
    loss = bench.loss(BATCH).item()
    found, report, step = bench.step(Together(), [MEMORY])
    close(Together.rows, torch.stack(expected))
    close(found, expected[0])
    assert (report.loss, report.work.passes) == (pytest.approx(loss, abs=1e-12), 8 + 9 + 6 + 6 + 9)
    assert step.rows_per_step == 38


def test_derpp_is_its_formula():
    bench = Bench()
    draws = generator(0, "draws")
    first, second = (MEMORY.take(draws.choice(9, 4, replace=False)) for _ in range(2))
    error = ((bench.outputs(first) - first.outputs) ** 2).mean()
    expected = bench.gradient(bench.loss(BATCH) + 0.3 * error + 0.7 * bench.loss(second))
    close(bench.step(Der(alpha=0.3, beta=0.7, sample=4), [MEMORY])[0], expected)


def test_lwf_says_what_the_teacher_says_of_the_batch():
    bench, teacher = Bench(0), Bench(1)
    told = teacher.outputs(BATCH).detach()
    expected = bench.gradient(bench.loss(BATCH) + 0.4 * ((bench.outputs(BATCH) - told) ** 2).mean())
    close(bench.step(Lwf(strength=0.4), state={"teacher": teacher.start})[0], expected)


def test_ewc_is_a_quadratic_around_the_last_model_weighted_by_squared_gradients():
    bench, ewc, first, second = Bench(), Ewc(strength=3.0, decay=0.5), examples(17, 5), examples(9, 6)
    squares = [
        [bench.gradient(bench.loss(part)) ** 2 for part in (own.take(rows) for rows in batches)]
        for own, batches in ((first, (np.arange(8), np.arange(8, 16))), (second, (np.arange(8),)))
    ]  # a last batch of one is left out
    state = ewc.leave(ewc.learnt(ewc.arrive({}, visit_of(bench, first)), visit_of(bench, first)))
    close(state["fisher"], sum(squares[0]) / 2)
    assert ewc.leave({}) == {}
    again = ewc.leave(ewc.learnt(ewc.learnt(state, visit_of(bench, second)), visit_of(bench, second)))
    close(again["fisher"], 0.5 * sum(squares[0]) / 2 + squares[1][0])
    away = 0.1 * torch.from_numpy(np.random.default_rng(0).normal(size=len(bench.start)))
    centre = bench.start - away
    pulled = bench.gradient(bench.loss(BATCH)) + 3.0 * state["fisher"] * away
    expected = pulled / (1 + RATE * 3.0 * state["fisher"])
    close(bench.step(ewc, state={"fisher": state["fisher"], "centre": centre})[0], expected)


def test_a_watcher_is_told_of_every_step_and_changes_none():
    bench = Bench()
    g = bench.gradient(bench.loss(BATCH))
    state = Watcher().arrive({}, visit_of(bench, BATCH))
    found, _, step = bench.step(Watcher(), state=state)
    close(found, g)
    close(step.state["path"], RATE * g**2)
    assert int(step.state["steps"]) == 1


class Extra(Strategy):
    name = "extra"

    def extra_loss(self, step):
        return 0.5 * (step.model(step.batch.acoustic, step.batch.lexical) ** 2).sum()


def test_whatever_torch_differentiates_joins_the_loss():
    bench = Bench()
    predictions = bench.plain(BATCH.acoustic, BATCH.lexical)
    expected = bench.gradient(bench.loss(BATCH) + 0.5 * (predictions**2).sum())
    close(bench.step(Extra())[0], expected)


def test_a_frozen_model_leaves_the_one_in_training_as_it_is():
    bench, other = Bench(0), Bench(1)
    frozen = FrozenModel(bench.model, bench.parameters, average=False)
    close(frozen.outputs(other.start, MEMORY), other.outputs(MEMORY))
    close(frozen.gradient(other.start, MEMORY), other.gradient(other.loss(MEMORY)))
    assert torch.equal(bench.parameters.vector, bench.start)
    one_by_one = frozen.outputs_one_by_one(bench.start, MEMORY)
    assert torch.equal(one_by_one[3:7], frozen.outputs_one_by_one(bench.start, MEMORY.take(np.arange(3, 7))))
    close(one_by_one, bench.outputs(MEMORY))


def test_draws_are_distinct_all_memories_alike_and_none_of_one():
    memory = examples(10, 3)
    step = Step(BATCH, torch.zeros(1), memory, {}, None, None, generator(0, "draws"))
    found = [step.draw(4) for _ in range(500)]
    rows = {row.numpy().tobytes(): k for k, row in enumerate(memory.acoustic)}
    counts = np.zeros(10)
    for part in found:
        chosen = [rows[row.numpy().tobytes()] for row in part.acoustic]
        assert len(set(chosen)) == 4
        counts[chosen] += 1
    assert np.abs(counts - 200).max() < 5 * np.sqrt(500 * 0.4 * 0.6)
    assert len(step.draw(99)) == 10
    assert replace(step, memory=None).draw(4) is None
    assert replace(step, memory=examples(1, 0)).draw(4) is None
