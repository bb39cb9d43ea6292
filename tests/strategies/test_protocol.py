"""What a strategy may do, against plain float64 computations on the same small model."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fedser.model import Examples, FlatParameters, ModelOptions, Regressor
from fedser.seeding import generator
from fedser.strategies import Rehearsal, Step, Strategy, Visit, squared_error
from fedser.strategies.agem import AGem
from fedser.training import FrozenModel, GradientStep, TrainingOptions
from tests.references.naive_step import PlainRegressor, ccc_loss
from tests.strategies.user_methods import Der, Ewc, Lwf, Watcher

ACOUSTIC, LEXICAL, WIDTH, RATE = 7, 5, 6, 0.1
OPTIONS = TrainingOptions(learning_rate=RATE, batch_size=8)
NO_DROPOUT = ModelOptions(width=WIDTH, trunk_dropout=0.0, head_dropout=0.0, lexical_dropout=0.0)


def examples(n, seed, outputs=False):
    stream = np.random.default_rng(seed)
    parts = stream.normal(size=(n, ACOUSTIC)), stream.normal(size=(n, LEXICAL)), stream.uniform(-1, 1, (n, 2))
    made = Examples(*(torch.from_numpy(part) for part in parts))
    return made.with_outputs(torch.from_numpy(stream.normal(size=(n, 2)))) if outputs else made


class Bench:
    """fedser's model beside the plain one, with the same weights."""

    def __init__(self, seed=0):
        self.model = Regressor(ACOUSTIC, LEXICAL, NO_DROPOUT).double()
        self.model.initialise(generator(seed, "weights"))
        self.parameters = FlatParameters(self.model)
        self.start = self.parameters.vector.clone()
        self.plain = PlainRegressor(ACOUSTIC, LEXICAL, WIDTH).double().load(self.model)

    def outputs(self, part):
        return torch.atanh(self.plain(part.acoustic, part.lexical))

    def loss(self, part):
        return ccc_loss(self.plain(part.acoustic, part.lexical), part.labels)

    def gradient(self, loss):
        parts = [p for norm, linear in self.plain.linears() for p in (*norm.parameters(), *linear.parameters())]
        return torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, parts)])

    def step(self, strategy, memories=(), state=None, batch=None, options=OPTIONS):
        """Take one step on `batch`; return the direction descended and the report."""
        batch = batch or examples(8, 100)
        step = GradientStep(self.model, self.parameters, batch, list(memories), strategy, options, state)
        report = step(np.arange(len(batch)), generator(0, "masks"), generator(0, "draws"))
        return (self.start - self.parameters.vector) / RATE, report, step


def close(found, expected, tolerance=1e-9):
    assert (found - expected).abs().max() < tolerance


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
    assert (report.loss, report.rows) == (pytest.approx(loss, abs=1e-12), 8 + 9 + 6 + 6 + 9)
    assert step.rows_per_step == 38


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


def visit_of(bench, own):
    frozen = FrozenModel(bench.model, bench.parameters, average=False)
    return Visit(
        "home", bench.parameters.vector.clone(), own, [], frozen, 8, lambda purpose: generator(0, purpose)
    )


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
    expected = bench.gradient(bench.loss(BATCH)) + 3.0 * state["fisher"] * away
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
