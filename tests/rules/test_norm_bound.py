"""Bounded norms: what is long is shortened, what is not counts as ever."""

import numpy as np
import pytest
import torch

from fedser.rules import DeviceUpdate, RoundUpdates, RuleState
from fedser.rules.norm_bound import NormBound


def made(changes, weights, server, rule):
    each = [
        DeviceUpdate(d, server + torch.from_numpy(c).float(), w)
        for d, (c, w) in enumerate(zip(changes, weights, strict=True))
    ]
    return rule.aggregate(server, RoundUpdates(1, 9, tuple(each)), RuleState())[0]


@pytest.mark.parametrize("multiple", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("count", [1, 4, 5])
def test_it_is_the_average_of_bounded_updates(multiple, count):
    stream = np.random.default_rng(count)
    server = torch.from_numpy(stream.normal(size=40).astype(np.float32))
    changes = stream.normal(size=(count, 40)) * stream.uniform(0.1, 5, (count, 1))
    weights = stream.uniform(1, 9, count)
    found = made(changes, weights, server, NormBound(multiple=multiple))
    bound = multiple * np.median([np.sqrt((c**2).sum()) for c in changes])
    bounded = [c * min(1, bound / np.sqrt((c**2).sum())) for c in changes]
    expected = server.double().numpy() + np.average(bounded, axis=0, weights=weights)
    assert np.abs(found.double().numpy() - expected).max() < 2e-6


def test_one_poisoned_update_moves_the_model_no_more_than_an_honest_one():
    stream, server = np.random.default_rng(0), torch.zeros(40)
    honest = stream.normal(size=(6, 40))
    found = made([*honest, np.full(40, 1e6)], np.ones(7), server, NormBound())
    assert found.norm() < 1.05 * np.median(np.linalg.norm(honest, axis=1))


def test_updates_of_nothing_leave_the_model_as_it_is():
    server = torch.ones(5)
    assert torch.equal(made(np.zeros((3, 5)), np.ones(3), server, NormBound()), server)
