"""One step of the whole model against a naive float64 implementation."""

import numpy as np
import pytest
import torch

from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.seeding import generator
from fedser.strategies import STRATEGIES
from fedser.strategies.gem import Gem
from fedser.training import Examples, GradientStep, TrainingOptions
from tests.references.naive_step import PlainRegressor, ccc_loss, naive_gem_step

ACOUSTIC, LEXICAL, WIDTH = 11, 7, 6
NO_DROPOUT = ModelOptions(width=WIDTH, trunk_dropout=0.0, head_dropout=0.0, lexical_dropout=0.0)


def examples(n, seed):
    stream = np.random.default_rng(seed)
    return Examples(
        torch.from_numpy(stream.normal(size=(n, ACOUSTIC))),
        torch.from_numpy(stream.normal(size=(n, LEXICAL))),
        torch.from_numpy(stream.uniform(-1, 1, size=(n, 2))),
    )


def model_of(seed):
    model = Regressor(ACOUSTIC, LEXICAL, NO_DROPOUT).double()
    model.initialise(generator(seed, "weights"))
    for layer in model.modules():  # gains of 1 and shifts of 0 would hide errors in their gradients
        if hasattr(layer, "gain"):
            layer.gain.data += torch.from_numpy(generator(seed, "gain").normal(size=layer.gain.shape)) * 0.3
            layer.shift.data += torch.from_numpy(generator(seed, "shift").normal(size=layer.shift.shape)) * 0.3
    return model


def triples(parts):
    return [(part.acoustic, part.lexical, part.labels) for part in parts]


@pytest.mark.parametrize("memories", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_gem_step_equals_the_naive_one(memories, seed):
    model, batch = model_of(seed), examples(8, seed)
    past = [examples(9 + k, 100 * seed + k) for k in range(1, memories + 1)]
    plain = PlainRegressor(ACOUSTIC, LEXICAL, WIDTH).double().load(model)
    expected, triggered = naive_gem_step(plain, triples([batch])[0], triples(past), learning_rate=0.1)

    parameters = FlatParameters(model)
    options = TrainingOptions(learning_rate=0.1, batch_size=8)
    step = GradientStep(model, parameters, batch, past, Gem(), options)
    report = step(np.arange(8), generator(0))
    loss = ccc_loss(plain(batch.acoustic, batch.lexical), batch.labels)

    assert report.altered == triggered
    assert np.abs(parameters.vector.numpy() - expected).max() < 1e-10
    assert report.loss == pytest.approx(loss.item(), abs=1e-12)


def test_the_cases_above_hold_both_outcomes():
    outcomes = set()
    for seed in range(8):
        past = [examples(10 + k, 100 * seed + k) for k in range(2)]
        plain = PlainRegressor(ACOUSTIC, LEXICAL, WIDTH).double().load(model_of(seed))
        outcomes.add(naive_gem_step(plain, triples([examples(8, seed)])[0], triples(past), 0.1)[1])
    assert outcomes == {True, False}


def test_several_steps_and_a_short_last_batch_stay_equal():
    model, batch, past = model_of(1), examples(13, 1), [examples(10, 2), examples(12, 3)]
    plain = PlainRegressor(ACOUSTIC, LEXICAL, WIDTH).double().load(model)
    parameters = FlatParameters(model)
    step = GradientStep(model, parameters, batch, past, Gem(), TrainingOptions(learning_rate=0.1, batch_size=8))
    for positions in (np.arange(8), np.arange(8, 13), np.arange(3, 11)):
        rows = triples([batch.take(positions)])[0]
        vector, _ = naive_gem_step(plain, rows, triples(past), learning_rate=0.1)
        torch.nn.utils.vector_to_parameters(
            torch.from_numpy(vector),
            [p for norm, linear in plain.linears() for p in (norm.weight, norm.bias, linear.weight, linear.bias)],
        )
        step(positions, generator(0))
        assert np.abs(parameters.vector.numpy() - vector).max() < 1e-10


@pytest.mark.parametrize("method", ["finetuning", "exper", "joint"])
def test_methods_without_constraints_descend_the_batch_gradient(method):
    model, batch = model_of(4), examples(8, 4)
    plain = PlainRegressor(ACOUSTIC, LEXICAL, WIDTH).double().load(model)
    expected, _ = naive_gem_step(plain, triples([batch])[0], [], learning_rate=0.1)
    parameters = FlatParameters(model)
    step = GradientStep(model, parameters, batch, [], STRATEGIES[method](), TrainingOptions(learning_rate=0.1))
    assert not step(np.arange(8), generator(0)).altered
    assert np.abs(parameters.vector.numpy() - expected).max() < 1e-12


def test_eval_mode_takes_the_memories_gradients_without_dropout():
    options = ModelOptions(width=WIDTH)
    batch, memory = examples(4, 1), examples(50, 2)

    def memory_gradient(mode, seed):
        model = Regressor(ACOUSTIC, LEXICAL, options).double()
        model.initialise(generator(0, "weights"))
        kept = []

        class Spy(Gem):
            def direction(self, gradients, step):
                kept.append(gradients[1].clone())
                return super().direction(gradients, step)

        step = GradientStep(
            model, FlatParameters(model), batch, [memory], Spy(memory_mode=mode), TrainingOptions(batch_size=4)
        )
        step(np.arange(4), generator(seed))
        return kept[0]

    assert torch.equal(memory_gradient("eval", 1), memory_gradient("eval", 2))
    assert not torch.allclose(memory_gradient("train", 1), memory_gradient("train", 2))
