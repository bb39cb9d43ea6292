"""FedNova: by the paper's formula, FedAvg where steps are equal, and unbiased where they are not."""

import numpy as np
import pytest
import torch

from fedser.errors import RunError
from fedser.rules import DeviceUpdate, RoundUpdates, RuleState
from fedser.rules.fednova import FedNova


def made(server, models, weights, steps):
    each = [
        DeviceUpdate(d, torch.from_numpy(m).float(), float(w), steps=int(s))
        for d, (m, w, s) in enumerate(zip(models, weights, steps, strict=True))
    ]
    return FedNova().aggregate(server, RoundUpdates(1, 9, tuple(each)), RuleState())[0].double().numpy()


WEIGHTS = np.array([3.0, 1.0, 5.0, 2.0])
STREAM = np.random.default_rng(0)
SERVER = torch.from_numpy(STREAM.normal(size=60).astype(np.float32))
MODELS = (SERVER.numpy() + STREAM.normal(size=(4, 60))).astype(np.float32)


def test_it_is_the_formula():
    steps, shares = np.array([3, 9, 1, 20]), WEIGHTS / WEIGHTS.sum()
    start = SERVER.double().numpy()
    expected = start.copy()
    for p, model, tau in zip(shares, MODELS.astype(np.float64), steps, strict=True):
        expected += (shares @ steps) * p * (model - start) / tau
    assert np.abs(made(SERVER, MODELS, WEIGHTS, steps) - expected).max() < 4e-6


def test_with_equal_steps_it_is_fedavg():
    expected = np.average(MODELS.astype(np.float64), axis=0, weights=WEIGHTS)
    assert np.abs(made(SERVER, MODELS, WEIGHTS, [7] * 4) - expected).max() < 1e-6


def test_who_takes_many_steps_does_not_pull_the_fixed_point():
    """Two devices descend ½(x − 0)² and ½(x − 1)² for 1 and 9 steps: FedAvg rests at .9 of the way, FedNova nearly
    half-way, as far as steps are small.
    """
    rate, steps, points = 1e-3, [1, 9], [0.0, 1.0]
    shrink = [(1 - rate) ** k for k in steps]
    nova, average = np.zeros(1), np.zeros(1)
    for _ in range(6000):
        ends = [[t + (x - t) * r for r, t in zip(shrink, points, strict=True)] for x in (nova, average)]
        changes = [[end - x for end in each] for each, x in zip(ends, (nova, average), strict=True)]
        per_step = [change / k for change, k in zip(changes[0], steps, strict=True)]
        nova = nova + np.mean(steps) * np.mean(per_step, axis=0)
        average = average + np.mean(changes[1], axis=0)
    assert average == pytest.approx(0.9, abs=1e-3)
    assert nova == pytest.approx(0.5, abs=2e-3)
    start = torch.from_numpy(nova).float()
    rest = made(start, [t + (nova - t) * r for r, t in zip(shrink, points, strict=True)], [1, 1], steps)
    assert rest == pytest.approx(nova, abs=1e-6)


def test_an_update_that_does_not_say_its_steps_is_one_line():
    with pytest.raises(RunError, match=r"^fednova needs to know how many steps"):
        made(SERVER, MODELS, WEIGHTS, [3, 0, 1, 2])
