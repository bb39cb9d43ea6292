"""One GEM step the slow way: float64, torch's own layers, one backward pass per memory, loops over parameters."""

import itertools

import numpy as np
import torch
from torch import nn


class PlainRegressor(nn.Module):
    """The paper's model from torch's own modules; dropout left to torch (0 for comparisons)."""

    def __init__(self, acoustic, lexical, width, dropout=(0.0, 0.0, 0.0), slope=0.01):
        super().__init__()
        trunk, head, words = dropout

        def linear(inputs, outputs):
            return nn.Sequential(nn.LayerNorm(inputs), nn.Linear(inputs, outputs))

        layers = []
        for k in range(3):
            layers += [linear(acoustic if k == 0 else width, width), nn.LeakyReLU(slope), nn.Dropout(trunk)]
        self.trunk = nn.Sequential(*layers, linear(width, width))
        self.lexical = nn.Sequential(nn.Dropout(words), linear(lexical, width))

        def make_head(inputs):
            return nn.Sequential(linear(inputs, width), nn.LeakyReLU(slope), nn.Dropout(head), linear(width, 1))

        self.activation, self.valence = make_head(width), make_head(2 * width)

    def forward(self, acoustic, lexical):
        h = self.trunk(acoustic)
        spoken = torch.cat([h, self.lexical(lexical)], dim=1)
        return torch.tanh(torch.cat([self.activation(h), self.valence(spoken)], dim=1))

    def linears(self):
        """The (LayerNorm, Linear) pairs in the order of fedser's layers."""
        pairs = [m for m in self.modules() if isinstance(m, nn.Sequential) and isinstance(m[0], nn.LayerNorm)]
        return [(pair[0], pair[1]) for pair in pairs]

    def load(self, model):
        """Take over the parameters of a fedser Regressor."""
        from fedser.model.segments import NormalisedLinear

        layers = [m for m in model.modules() if isinstance(m, NormalisedLinear)]
        for (norm, linear), layer in zip(self.linears(), layers, strict=True):
            norm.weight.data = layer.gain.detach().clone()
            norm.bias.data = layer.shift.detach().clone()
            linear.weight.data = layer.weight.detach().clone()
            linear.bias.data = layer.bias.detach().clone()
        return self

    def flat(self, of):
        """Concatenate `of(parameter)` in the order of fedser's parameter vector: gain, shift, weight, bias."""
        parts = [
            of(p).reshape(-1)
            for norm, linear in self.linears()
            for p in (norm.weight, norm.bias, linear.weight, linear.bias)
        ]
        return torch.cat(parts)


def ccc_loss(prediction, target):
    """1 − CCC summed over the columns, by autograd."""
    p, t = prediction - prediction.mean(0), target - target.mean(0)
    gap = prediction.mean(0) - target.mean(0)
    ccc = 2 * (p * t).mean(0) / ((p**2).mean(0) + (t**2).mean(0) + gap**2 + 1e-8)
    return (1 - ccc).sum()


def naive_gem_step(model, batch, memories, learning_rate, margin=0.5, eps=1e-3):
    """Return the parameters after one step; batch and memories are (acoustic, lexical, labels) in float64."""

    def gradient(examples):
        model.zero_grad()
        acoustic, lexical, labels = examples
        ccc_loss(model(acoustic, lexical), labels).backward()
        return model.flat(lambda p: p.grad).numpy().copy()

    M = np.array([gradient(memory) for memory in memories])
    g = gradient(batch)
    triggered = bool(len(M)) and bool((M @ g < 0).any())
    if triggered:
        g = g + M.T @ exhaustive_dual(M @ M.T + eps * np.eye(len(M)), M @ g, margin)
    return model.flat(lambda p: p.detach()).numpy() - learning_rate * g, triggered


def exhaustive_dual(hessian, along, margin):
    """Minimise ½ vᵀHv + alongᵀv over v ≥ margin by trying every set of free multipliers."""
    t = len(along)
    best, best_value = None, np.inf
    for free in itertools.chain.from_iterable(itertools.combinations(range(t), k) for k in range(t + 1)):
        v = np.full(t, float(margin))
        F, rest = list(free), [i for i in range(t) if i not in free]
        if F:
            v[F] = np.linalg.solve(hessian[np.ix_(F, F)], -along[F] - hessian[np.ix_(F, rest)] @ v[rest])
        value = 0.5 * v @ hessian @ v + along @ v
        if (v >= margin - 1e-9).all() and value < best_value:
            best, best_value = v, value
    return best
