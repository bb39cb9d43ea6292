"""Methods for places where nobody rates anything, each against its closed form or a plain float64 computation."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from fedser.model import Examples, FlatParameters, ModelOptions, Regressor
from fedser.seeding import generator
from fedser.strategies import STRATEGIES
from fedser.strategies.exper import ExpeR
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.gem import Gem
from fedser.strategies.mean_teacher import MeanTeacher
from fedser.strategies.reconstruction import Reconstruction, decoder
from fedser.strategies.restandardise import absorbed
from fedser.strategies.subspace import Subspace, divergence, subspace
from fedser.strategies.without_ratings import Replay
from fedser.training import FrozenModel
from fedser.training.loss import ccc_loss
from tests.strategies.bench import ACOUSTIC, LEXICAL, OPTIONS, RATE, WIDTH, Bench, close, examples, visit_of, walk

RATED, UNRATED, MEMORY = examples(40, 3), examples(8, 100).without_labels(), examples(9, 1)
METHODS = [name for name in STRATEGIES if STRATEGIES[name].without_ratings]
LOSSES = [name for name in METHODS if name.startswith(("mean-teacher", "reconstruction", "subspace"))]


def represented(bench, x):
    """The representation as LayerNorm hands it to heads, written out."""
    h = bench.plain.trunk(x)
    return (h - h.mean(1, keepdim=True)) / (h.var(1, keepdim=True, correction=0) + 1e-5).sqrt()


def flat_gradient(bench, loss):
    """The gradient by all parameters in their order; 0 by those that the loss does not know."""
    parameters = [p for norm, linear in bench.plain.linears() for p in (*norm.parameters(), *linear.parameters())]
    parts = torch.autograd.grad(loss, parameters, materialize_grads=True)
    return torch.cat([part.reshape(-1) for part in parts])


def learnt_with_ratings(name, bench):
    """The method's state after a rated place, as it comes to an unrated one."""
    method = STRATEGIES[name]()
    visit = visit_of(bench, RATED)
    _, state = method.begin(method.arrive({}, visit), visit)
    state = method.leave(method.learnt(state, visit))
    return method, method.arrive(state, visit_of(bench, UNRATED))


def test_there_are_the_four_alone_and_with_memories():
    assert len(METHODS) == 12
    for name in METHODS:
        held = name.endswith(("-exper", "-gem")) or name == "replay"
        assert STRATEGIES[name].past == ("memory" if held else "nothing"), name


def test_what_nobody_rated_has_no_loss_and_the_rest_its_own():
    stream = np.random.default_rng(0)
    predictions, labels = (torch.from_numpy(stream.uniform(-1, 1, (9, 2))) for _ in range(2))
    some = labels.clone()
    some[[0, 4, 5]] = torch.nan
    some[7, 1] = torch.nan  # half a rating is none
    rows = [1, 2, 3, 6, 8]
    value, gradient = ccc_loss(predictions, some)
    expected, inner = ccc_loss(predictions[rows], labels[rows])
    assert value == expected
    close(gradient[rows], inner, 1e-15)
    assert gradient[[0, 4, 5, 7]].abs().max() == 0
    for few in (0, 1):
        none = labels.clone()
        none[few:] = torch.nan
        value, gradient = ccc_loss(predictions, none)
        assert value == 0
        assert gradient.abs().max() == 0


@pytest.mark.parametrize("plain", [Finetuning(), Gem()], ids=lambda method: method.name)
def test_without_ratings_finetuning_and_gem_stand_still(plain):
    found, report, _ = Bench().step(plain, [MEMORY], batch=UNRATED)
    assert found.abs().max() == 0
    assert not report.altered


@pytest.mark.parametrize("name", METHODS)
def test_with_ratings_it_is_what_holds_its_memories(name):
    plain = (
        ExpeR() if name.endswith("exper") or name == "replay" else Gem() if name.endswith("gem") else Finetuning()
    )
    memories = [MEMORY] if plain.past == "memory" else []
    expected = Bench().step(plain, memories)[0]
    method, state = learnt_with_ratings(name, Bench())
    close(Bench().step(method, memories, state)[0], expected, 1e-14)
    own = examples(12, 5)
    close(method.training_set(own, memories).labels, plain.training_set(own, memories).labels, 1e-15)


def test_replay_beside_unrated_speech_is_the_loss_on_what_is_drawn():
    bench = Bench()
    found, report, _ = bench.step(Replay(), [MEMORY], batch=UNRATED)
    drawn = MEMORY.take(generator(0, "draws").choice(9, 8, replace=False))
    close(found, bench.gradient(bench.loss(drawn)))
    assert (report.work.passes, report.loss) == (16, 0.0)
    assert Replay().training_set(UNRATED, [MEMORY]) is UNRATED


def test_mean_teacher_is_its_formula_and_follows_every_step():
    bench, teacher = Bench(0), Bench(1)
    told = teacher.outputs(UNRATED).detach()
    expected = bench.gradient(0.4 * ((bench.outputs(UNRATED) - told) ** 2).mean())
    method = MeanTeacher(strength=0.4, decay=0.9)
    found, _, step = bench.step(method, state={"teacher": teacher.start}, batch=UNRATED)
    close(found, expected)
    close(step.state["teacher"], 0.9 * teacher.start + 0.1 * (bench.start - RATE * expected))


def test_a_teacher_is_what_came_to_the_place_and_no_older():
    bench, other = Bench(0), Bench(1)
    state = MeanTeacher().arrive({}, visit_of(bench, RATED))
    assert (state["teacher"] == bench.start).all()
    assert MeanTeacher().leave(state) == {}
    assert (MeanTeacher().arrive(state, visit_of(other, UNRATED))["teacher"] == other.start).all()


def test_reconstruction_is_its_formula():
    bench = Bench()
    method = Reconstruction(strength=0.3, ridge=0.02)
    state = method.learnt({}, visit_of(bench, RATED))
    h = represented(bench, RATED.acoustic).detach().numpy()
    # Ridge regression as least squares with rows added, the last column, the intercept, free.
    rows = np.vstack([np.hstack([h, np.ones((40, 1))]), np.sqrt(0.02 * 40) * np.eye(WIDTH, WIDTH + 1)])
    targets = np.vstack([RATED.acoustic.numpy(), np.zeros((WIDTH, ACOUSTIC))])
    expected = torch.from_numpy(np.linalg.lstsq(rows, targets, rcond=None)[0])
    close(state["decoder"], expected, 1e-9)
    rebuilt = represented(bench, UNRATED.acoustic) @ expected[:-1] + expected[-1]
    loss = 0.3 * ((rebuilt - UNRATED.acoustic) ** 2).mean()
    close(bench.step(method, state=state, batch=UNRATED)[0], flat_gradient(bench, loss), 1e-9)
    assert method.learnt(state, visit_of(Bench(1), UNRATED)) is state


def test_a_decoder_without_penalty_rebuilds_what_is_linear():
    stream = np.random.default_rng(0)
    h, true = torch.from_numpy(stream.normal(size=(30, 4))), torch.from_numpy(stream.normal(size=(5, 3)))
    close(decoder(h, h @ true[:-1] + true[-1], 1e-14), true, 1e-9)


@given(st.floats(-3, 3), st.floats(0.01, 9), st.floats(0.01, 9))
def test_the_divergence_is_that_of_two_normal_laws_both_ways(mean, variance, source):
    mean, variance, source = (torch.tensor([v], dtype=torch.float64) for v in (mean, variance, source))
    one, other = Normal(mean, variance.sqrt()), Normal(torch.zeros_like(mean), source.sqrt())
    expected = kl_divergence(one, other) + kl_divergence(other, one)
    assert divergence(mean, variance, source).item() == pytest.approx(expected.item(), rel=1e-9, abs=1e-9)


def test_the_subspace_is_that_of_the_covariance_weighted_by_the_heads():
    stream = np.random.default_rng(2)
    h = torch.from_numpy(stream.normal(size=(50, 6)) @ np.diag([5, 4, 3, 2, 1, 0.5]) + 2)
    slopes = torch.from_numpy(stream.normal(size=(2, 6)))
    found = subspace(h, slopes, 3)
    values, vectors = np.linalg.eigh(np.cov(h.numpy().T, ddof=0))
    vectors = vectors[:, ::-1].T[:3]
    assert found["variances"].numpy() == pytest.approx(values[::-1][:3], rel=1e-10)
    assert np.abs(np.sum(found["basis"].numpy() * vectors, axis=1)) == pytest.approx(np.ones(3), abs=1e-10)
    assert found["mean"].numpy() == pytest.approx(h.numpy().mean(axis=0), abs=1e-12)
    assert found["weights"].numpy() == pytest.approx(1 + np.abs(slopes.numpy() @ vectors.T).sum(axis=0), rel=1e-10)


def test_subspace_alignment_is_its_formula_and_heads_are_looked_at():
    bench = Bench()
    method = Subspace(strength=0.2, directions=4)
    state = method.learnt({}, visit_of(bench, RATED))
    h = bench.plain.trunk(RATED.acoustic).detach()
    slopes = visit_of(bench, RATED).frozen.slopes(bench.start, RATED)
    for k in range(WIDTH):  # the heads' mean output, moved along each unit of the representation
        step = torch.zeros_like(h)
        step[:, k] = 1e-6 * h.std(1, correction=0)
        up, down = (bench.model.outputs_of(v, RATED.lexical).mean(0) for v in (h + step, h - step))
        close(slopes[:, k], (up - down).detach() / 2e-6, 1e-7)
    t = (represented(bench, UNRATED.acoustic) - state["mean"]) @ state["basis"].t()
    one = Normal(t.mean(0), t.var(0, correction=0).clamp(min=1e-2).sqrt())
    other = Normal(torch.zeros_like(state["variances"]), state["variances"].sqrt())
    loss = 0.2 * (state["weights"] * (kl_divergence(one, other) + kl_divergence(other, one))).sum()
    close(bench.step(method, state=state, batch=UNRATED)[0], flat_gradient(bench, loss), 1e-8)
    alone = UNRATED.take(np.array([3]))
    assert (
        Bench()
        .step(method, state=state, batch=Examples.join([alone, RATED.take(np.arange(5))]))[0]
        .isfinite()
        .all()
    )


def test_where_nothing_has_changed_the_subspace_pulls_nowhere():
    """The batch is the rated place itself: both laws are one, and the gradient is 0."""
    bench, whole = Bench(), OPTIONS.model_copy(update={"batch_size": 40})
    state = Subspace(directions=4).learnt({}, visit_of(bench, RATED))
    still = bench.step(Subspace(), state=state, batch=RATED.without_labels(), options=whole)[0]
    close(still, torch.zeros_like(bench.start), 1e-9)
    moved = Examples(2 * RATED.acoustic**3, RATED.lexical, RATED.labels).without_labels()
    assert Bench().step(Subspace(), state=state, batch=moved, options=whole)[0].abs().max() > 1e-4


def shifted(part, scale, offset):
    """The same utterances with every feature, after LayerNorm, scaled and moved."""
    return Examples(part.acoustic * scale + offset, part.lexical, part.labels)


def first_layer(bench, vector, x):
    parts = bench.parameters.views_of(vector)
    normal = torch.nn.functional.layer_norm(x, (x.shape[1],), eps=1e-5)
    return normal * parts["trunk.0.gain"] + parts["trunk.0.shift"]


def test_restandardised_features_have_the_moments_of_the_rated_place():
    bench = Bench()
    method, state = learnt_with_ratings("restandardise", bench)
    stream = np.random.default_rng(4)
    place = shifted(examples(60, 9), *(torch.from_numpy(stream.normal(size=ACOUSTIC)) for _ in range(2)))
    vector, after = method.begin(state, visit_of(bench, place.without_labels()))
    was, now = first_layer(bench, bench.start, RATED.acoustic), first_layer(bench, vector, place.acoustic)
    close(now.mean(0), was.mean(0), 1e-10)
    close(now.std(0, correction=0), was.std(0, correction=0), 1e-10)
    changed = (vector != bench.start).nonzero().flatten().tolist()
    assert set(changed) <= set(range(2 * ACOUSTIC))  # gains and shifts of the first layer alone
    # In two rounds it comes to what it comes to at once.
    half = method.begin(state, visit_of(bench, place.take(np.arange(30)).without_labels()))
    visit = visit_of(bench, place.take(np.arange(30, 60)).without_labels())
    again, _ = method.begin(half[1], replace(visit, parameters=half[0]))
    close(again, vector, 1e-10)
    assert int(after["count"]) == 60


def test_a_place_that_has_not_changed_or_said_little_changes_nothing():
    bench = Bench()
    method, state = learnt_with_ratings("restandardise", bench)
    vector, _ = method.begin(state, visit_of(bench, RATED.without_labels()))
    close(vector, bench.start, 1e-12)
    few, after = method.begin(state, visit_of(bench, shifted(UNRATED, 3.0, 1.0)))
    assert (few == bench.start).all()
    assert int(after["count"]) == 8
    assert method.begin(state, visit_of(bench, shifted(RATED, 3.0, 1.0)))[0] is not None


def test_a_feature_that_does_not_vary_keeps_its_scale():
    one = torch.ones(2, dtype=torch.float64)
    gain, shift = absorbed(one, 0 * one, (0 * one, torch.tensor([0.0, 1.0])), (one, torch.tensor([2.0, 0.0])))
    assert gain.tolist() == [1.0, 1.0]
    assert shift.tolist() == [-1.0, -1.0]


@pytest.mark.parametrize("name", LOSSES)
def test_it_moves_where_nothing_is_rated_and_never_reads_a_label(name):
    """Other labels, the same bytes; and the control: it is not that nothing happened."""
    method, state = learnt_with_ratings(name, Bench(1))
    memories = [MEMORY] if method.past == "memory" else []
    ways = []
    for labels in (UNRATED.labels, -UNRATED.labels):
        batch = Examples(2 * UNRATED.acoustic**2, UNRATED.lexical, labels)
        ways.append(Bench().step(method, memories, state, batch)[0])
    assert torch.equal(*ways)
    assert ways[0].abs().max() > 1e-9


@pytest.mark.parametrize("name", [name for name in LOSSES if name.endswith("gem")])
def test_gem_turns_it_where_it_would_hurt_a_memory(name):
    method, state = learnt_with_ratings(name, Bench(1))
    method = method.model_copy(update={"margin": 0.0, "eps": 0.0})
    batch = Examples(2 * UNRATED.acoustic**2, UNRATED.lexical, UNRATED.labels)
    bench, altered = Bench(), 0
    for seed in range(12):
        memory = examples(9, seed)
        direction, report, _ = Bench().step(method, [memory], state, batch)
        altered += report.altered
        assert float(direction @ bench.gradient(bench.loss(memory))) > -1e-9
    assert altered > 0


def test_strength_0_stands_still():
    for name, kind in (("reconstruction", Reconstruction), ("subspace", Subspace), ("mean-teacher", MeanTeacher)):
        _, state = learnt_with_ratings(name, Bench(1))
        assert Bench().step(kind(strength=0), state=state, batch=UNRATED)[0].abs().max() == 0, name


def test_frozen_questions_leave_the_model_alone():
    model = Regressor(ACOUSTIC, LEXICAL, ModelOptions(width=WIDTH)).double()
    parameters = FlatParameters(model)
    frozen, before = FrozenModel(model, parameters, average=False), parameters.vector.clone()
    frozen.representation(before + 1, RATED)
    frozen.slopes(before + 1, RATED)
    assert torch.equal(parameters.vector, before)
    assert walk(Finetuning()).isfinite().all()
