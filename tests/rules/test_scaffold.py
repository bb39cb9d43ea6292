"""SCAFFOLD against Algorithm 1 with option II, written out in float64."""

from dataclasses import dataclass

import numpy as np
import torch

from fedser.rules import DeviceUpdate, Received, RoundUpdates, RuleState, Trained
from fedser.rules.scaffold import VARIATE, Scaffold

RATE, SIZE = 0.05, 6


@dataclass
class Quadratic:
    """A device whose loss is ½ (θ − t)ᵀ diag(a) (θ − t), and takes K steps."""

    a: np.ndarray
    t: np.ndarray
    steps: int


def devices(equal=False):
    stream = np.random.default_rng(0)
    made = [Quadratic(stream.uniform(0.2, 3, SIZE), stream.normal(size=SIZE), k) for k in (4, 4, 4)]
    return [made[0]] * 3 if equal else made


def by_hand(all_of, rounds, cohorts):
    x, c, own = np.zeros(SIZE), np.zeros(SIZE), [np.zeros(SIZE) for _ in all_of]
    for r in range(rounds):
        moved, changed = [], []
        for i in cohorts[r]:
            d, y = all_of[i], x.copy()
            for _ in range(d.steps):
                y -= RATE * (d.a * (y - d.t) - own[i] + c)
            new = own[i] - c + (x - y) / (d.steps * RATE)
            moved.append(y - x)
            changed.append(new - own[i])
            own[i] = new
        x = x + np.mean(moved, axis=0)
        c = c + len(cohorts[r]) / len(all_of) * np.mean(changed, axis=0)
    return x, c


def by_rule(all_of, rounds, cohorts, frozen=0):
    """Let devices train with what the rule adds to their loss; `frozen` parameters in front are not shared."""
    rule, state, kept = Scaffold(), RuleState(), [{} for _ in all_of]
    x, shared = torch.zeros(SIZE), slice(frozen, frozen + SIZE)
    for r in range(rounds):
        updates = []
        beside = rule.beside_down(state, SIZE)
        assert {name: len(vector) for name, vector in beside.items()} == rule.beside_up(SIZE)
        for i in cohorts[r]:
            start = torch.cat([torch.full((frozen,), 7.0), x])
            received = Received(start, shared, beside, kept[i])
            term, theta = rule.correction(received), start.clone()
            for _ in range(all_of[i].steps):
                gradient = term(theta)[1].clone()
                gradient[shared] += torch.from_numpy(all_of[i].a) * (theta[shared] - torch.from_numpy(all_of[i].t))
                theta -= RATE * gradient
            assert torch.equal(theta[:frozen], start[:frozen])
            told = rule.tell(received, Trained(theta, all_of[i].steps, RATE))
            kept[i] = told.kept
            updates.append(DeviceUpdate(i, theta[shared], 1.0, steps=all_of[i].steps, beside=told.up))
        x, state = rule.aggregate(x, RoundUpdates(r + 1, len(all_of), tuple(updates)), state)
    return x.double().numpy(), state.tensors[VARIATE].numpy()


COHORTS = [[0, 1, 2], [0, 2], [1], [0, 1, 2], [1, 2]] * 8


def test_rounds_with_some_devices_away_are_algorithm_1():
    expected = by_hand(devices(), 12, COHORTS)
    for frozen in (0, 2):
        for one, other in zip(by_rule(devices(), 12, COHORTS, frozen), expected, strict=True):
            assert np.abs(one - other).max() < 2e-5  # variates are float32 differences divided by Kη = 0.2


def test_it_comes_to_the_optimum_of_all_where_fedavg_does_not():
    whole = [[0, 1, 2]] * 300
    a, t = (np.array([getattr(d, name) for d in devices()]) for name in ("a", "t"))
    best = (a * t).sum(axis=0) / a.sum(axis=0)
    found, _ = by_rule(devices(), 300, whole)
    assert np.abs(found - best).max() < 1e-5
    x = np.zeros(SIZE)
    for _ in range(300):
        x = np.mean([d.t + (x - d.t) * (1 - RATE * d.a) ** d.steps for d in devices()], axis=0)
    assert np.abs(x - best).max() > 1e-2


def test_with_equal_devices_it_is_fedavg():
    found, _ = by_rule(devices(equal=True), 10, [[0, 1, 2]] * 10)
    d, x = devices()[0], np.zeros(SIZE)
    for _ in range(10):
        x = d.t + (x - d.t) * (1 - RATE * d.a) ** d.steps
    assert np.abs(found - x).max() < 2e-6


def test_the_term_is_a_loss_whose_gradient_it_returns():
    received = Received(torch.ones(3), slice(1, 3), {VARIATE: torch.tensor([0.5, 1.0])}, {VARIATE: torch.ones(2)})
    value, gradient = Scaffold().correction(received)(torch.tensor([9.0, 2.0, 4.0]))
    assert (value, gradient.tolist()) == (-1.0, [0.0, -0.5, 0.0])
