"""fedser's model beside a plain float64 one with the same weights: a step, and what it should be."""

import numpy as np
import torch

from fedser.model import Examples, FlatParameters, ModelOptions, Regressor
from fedser.seeding import generator
from fedser.strategies import Visit
from fedser.training import FrozenModel, GradientStep, TrainingOptions
from tests.references.naive_step import PlainRegressor, ccc_loss

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


def close(found, expected, tolerance=1e-10):
    assert (found - expected).abs().max() < tolerance


def visit_of(bench, own):
    frozen = FrozenModel(bench.model, bench.parameters, average=False)
    return Visit(
        "home", bench.parameters.vector.clone(), own, [], frozen, 8, lambda purpose: generator(0, purpose)
    )


def walk(strategy, memories=(), state=None, steps=5):
    """Return the parameters, float32, after some steps with dropout on 40 utterances."""
    model = Regressor(ACOUSTIC, LEXICAL, ModelOptions(width=WIDTH))
    model.initialise(generator(0, "weights"))
    parameters = FlatParameters(model)
    own = single(examples(40, 7))
    step = GradientStep(model, parameters, own, [single(one) for one in memories], strategy, OPTIONS, state or {})
    masks, draws = generator(0, "masks"), generator(0, "draws")
    for k in range(steps):
        step(np.arange(8 * k, 8 * k + 8) % 40, masks, draws)
    return parameters.vector


def single(part):
    """The same utterances in float32."""
    outputs = None if part.outputs is None else part.outputs.float()
    return Examples(part.acoustic.float(), part.lexical.float(), part.labels.float(), outputs)


class Slopes:
    """A model of two parameters, in place of the frozen one: f(x) = (θ₁ x, θ₂ x), x the first acoustic value."""

    @staticmethod
    def outputs(parameters, part):
        return part.acoustic[:, :1] * parameters

    @staticmethod
    def pulled_back(onto_outputs, part):
        """The gradient (2,) that a gradient with respect to outputs (n, 2) makes."""
        return (part.acoustic[:, :1] * onto_outputs).sum(dim=0)
