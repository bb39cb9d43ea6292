"""Adapting to a few utterances: how long, on what, and FedProx's pull against a hand-made step."""

import numpy as np
import pytest
import torch

from fedser.errors import ConfigError, NonFiniteGradientError
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.model.penalty import quadratic
from fedser.seeding import generator
from fedser.strategies.exper import ExpeR
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.gem import Gem
from fedser.training import AdaptationOptions, Examples, TrainingOptions, adapt
from tests.references.naive_step import PlainRegressor, ccc_loss

OPTIONS = TrainingOptions(learning_rate=0.05, batch_size=4)
ACOUSTIC, LEXICAL = 5, 3
NO_DROPOUT = ModelOptions(width=6, trunk_dropout=0.0, head_dropout=0.0, lexical_dropout=0.0)


def examples(n, seed):
    stream = np.random.default_rng(seed)
    parts = (stream.normal(size=(n, ACOUSTIC)), stream.normal(size=(n, LEXICAL)), stream.uniform(-1, 1, (n, 2)))
    return Examples(*(torch.from_numpy(part) for part in parts))


def adapted(length, strategy=None, own=10, memories=(), penalty=None, options=OPTIONS):
    model = Regressor(ACOUSTIC, LEXICAL, NO_DROPOUT).double()
    model.initialise(generator(0, "weights"))
    parameters = FlatParameters(model)
    result = adapt(
        model,
        parameters,
        examples(own, 1),
        [examples(n, n) for n in memories],
        strategy or Finetuning(),
        options,
        length,
        lambda purpose, epoch: generator(0, purpose, epoch),
        "home, device 3, round 2",
        penalties=[penalty(parameters.vector.clone())] if penalty else [],
    )
    return result, parameters.vector.clone(), model


def by_hand(epochs, own, strength=0.0, steps=1000):
    """Plain SGD in float64 by autograd, on FedProx's whole loss."""
    model = Regressor(ACOUSTIC, LEXICAL, NO_DROPOUT).double()
    model.initialise(generator(0, "weights"))
    plain = PlainRegressor(ACOUSTIC, LEXICAL, 6).double().load(model)
    data = examples(own, 1)
    start = [p.detach().clone() for p in plain.parameters()]
    for epoch in range(1, epochs + 1):
        order = generator(0, "shuffle", epoch).permutation(own)
        for first in range(0, own, 4):
            rows = torch.from_numpy(order[first : first + 4])
            if len(rows) < 2 or steps == 0:
                continue
            steps -= 1
            loss = ccc_loss(plain(data.acoustic[rows], data.lexical[rows]), data.labels[rows])
            distance = sum(((p - s) ** 2).sum() for p, s in zip(plain.parameters(), start, strict=True))
            gradients = torch.autograd.grad(loss + strength / 2 * distance, list(plain.parameters()))
            with torch.no_grad():
                for p, g in zip(plain.parameters(), gradients, strict=True):
                    p -= 0.05 * g
    return plain, data


@pytest.mark.parametrize("strength", [0.0, 0.3, 4.0])
@pytest.mark.parametrize(("length", "epochs", "steps"), [({"epochs": 3}, 3, 9), ({"steps": 7}, 3, 7)])
def test_it_equals_plain_descent_on_fedprox_loss(strength, length, epochs, steps):
    penalty = (lambda start: quadratic(start, strength)) if strength else None
    result, _, model = adapted(AdaptationOptions(**length), penalty=penalty)
    plain, data = by_hand(epochs, 10, strength, steps)
    assert (result.steps, result.epochs) == (steps, epochs)
    with torch.no_grad():
        found, expected = model(data.acoustic, data.lexical), plain(data.acoustic, data.lexical)
    assert (found - expected).abs().max() < 1e-10


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 11])
def test_as_many_steps_as_asked_for(steps):
    result, _, _ = adapted(AdaptationOptions(steps=steps))
    assert result.steps == steps
    assert result.work.passes <= 4 * steps


@pytest.mark.parametrize("strategy", [Finetuning(), ExpeR(), Gem()])
def test_own_utterances_only_are_noted_as_seen(strategy):
    result, _, _ = adapted(AdaptationOptions(epochs=2), strategy, memories=(6, 7))
    assert sorted(result.seen_last.tolist()) == list(range(10))
    replayed = 13 if strategy.name == "exper" else 0
    constraints = 13 if strategy.name == "gem" else 0
    assert result.work.passes == 2 * (10 + replayed) - 2 * ((10 + replayed) % 4 == 1) + result.steps * constraints
    assert result.steps == 2 * -(-(10 + replayed) // 4)
    order = generator(0, "shuffle", 2).permutation(10 + replayed)
    assert result.seen_last.tolist() == order[order < 10].tolist()


def test_finetuning_ignores_memories():
    assert torch.equal(
        adapted(AdaptationOptions(epochs=2))[1], adapted(AdaptationOptions(epochs=2), memories=(6,))[1]
    )
    for strategy in (ExpeR(), Gem()):
        alone, with_memory = (adapted(AdaptationOptions(epochs=2), strategy, memories=m)[1] for m in ((), (6,)))
        assert not torch.equal(alone, with_memory)


def test_divergence_says_where():
    options = OPTIONS.model_copy(update={"learning_rate": 1e200})
    with pytest.raises(NonFiniteGradientError, match=r"home, device 3, round 2, epoch \d+, step") as error:
        adapted(AdaptationOptions(epochs=20), options=options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "values", [{}, {"epochs": 1, "steps": 1}, {"steps": 2, "early_stopping": True}, {"early_stopping": False}]
)
def test_exactly_one_length_is_chosen(values):
    with pytest.raises(ConfigError, match="exactly one of epochs, steps and early_stopping"):
        AdaptationOptions.read(values, "test")
