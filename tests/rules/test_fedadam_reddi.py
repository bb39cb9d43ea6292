"""FedAdam as published, beside Flower's."""

import numpy as np
import pytest
import torch

import clients.rules  # noqa: F401
from fedser import whole_files
from fedser.rules import RULES, DeviceUpdate, RoundUpdates, RuleState
from fedser.rules.fedadam_reddi import FedAdamReddi


def moved(server, changes, weights, round=1):
    each = [
        DeviceUpdate(d, server + torch.from_numpy(c).float(), w)
        for d, (c, w) in enumerate(zip(changes, weights, strict=True))
    ]
    return RoundUpdates(round, 9, tuple(each))


def test_rounds_equal_the_algorithm_in_float64_also_through_a_file(tmp_path):
    stream, rule = np.random.default_rng(0), FedAdamReddi(eta=0.05, beta_1=0.8, beta_2=0.95, tau=0.02)
    server, state = torch.zeros(50), RuleState()
    x, m, v = np.zeros(50), np.zeros(50), np.full(50, 0.02**2)
    for round in range(1, 6):
        updates = moved(server, 0.1 * stream.normal(size=(4, 50)), [1.0, 2.0, 3.0, 4.0], round)
        delta = np.array([0.1, 0.2, 0.3, 0.4]) @ updates.changes(server).double().numpy()
        m, v = 0.8 * m + 0.2 * delta, 0.95 * v + 0.05 * delta**2
        x = server.double().numpy() + 0.05 * m / (np.sqrt(v) + 0.02)
        server, state = rule.aggregate(server, updates, state)
        assert np.abs(server.double().numpy() - x).max() < 2**-24
        assert np.abs(state.tensors["v"].numpy() - v).max() < 1e-15
        whole_files.write_tensors(tmp_path / "state", state.tensors, dict(state.record))
        state = RuleState(*whole_files.read_tensors(tmp_path / "state"))


def test_flowers_first_step_is_half_as_long_again_where_updates_are_small():
    server, change = torch.zeros(3), np.full((1, 3), 1e-7)
    ours, _ = FedAdamReddi().aggregate(server, moved(server, change, [1.0]), RuleState())
    flowers, _ = RULES["fedadam"]().aggregate(server, moved(server, change, [1.0]), RuleState())
    # η m/(√(β₂ τ²) + τ) beside η √(1 − β₂²)/(1 − β₁²) m/τ.
    expected = np.sqrt(1 - 0.99**2) / (1 - 0.9**2) * (1 + np.sqrt(0.99))
    assert (flowers / ours).numpy() == pytest.approx(expected, rel=1e-4)
    assert expected == pytest.approx(1.48, abs=0.01)
