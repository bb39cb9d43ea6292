"""Ditto: the shared model is federated's, the personal one local's at λ = 0, and the closed form's else."""

import numpy as np
import pytest
import torch

from fedser.device import DeviceState, Life
from fedser.device.sharing import Sharing
from fedser.errors import ConfigError
from fedser.model import ModelOptions, Regressor
from fedser.protocol import Arm
from tests.device.small_world import make_world
from tests.device.test_life import first_model
from tests.simulations.moving.small_federation import config, model_of, own_of, run, table

METHODS = ["finetuning", "exper", "gem", "agem", "er"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """All modes with Ditto's λ at 0."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    arms = [f"{mode}:{method}" for mode in ("local", "federated", "ditto") for method in METHODS]
    run(folder, arms=arms, adaptation={"ditto_lambda": 0.0})
    return folder


@pytest.mark.parametrize("method", METHODS)
def test_with_lambda_0_it_is_local_and_federated_side_by_side(alone, method):
    assert torch.equal(model_of(alone, f"ditto:{method}"), model_of(alone, f"federated:{method}"))
    for device in range(4):
        own = own_of(alone, device, f"ditto:{method}", 4)
        assert torch.equal(own, own_of(alone, device, f"local:{method}", 4))
        assert not torch.equal(own, model_of(alone, f"ditto:{method}"))


def test_two_models_cost_twice_the_steps_and_no_more_bytes(alone):
    costs = (
        table(alone, "costs.csv").query("method == 'exper'").groupby("mode")[["steps", "bytes_up", "flops"]].sum()
    )
    assert costs.loc["ditto", "steps"] == 2 * costs.loc["federated", "steps"]
    assert float(costs.loc["ditto", "flops"]) == 2 * float(costs.loc["federated", "flops"])
    # The arm's name travels, and it is shorter.
    assert 0 < costs.loc["ditto", "bytes_up"] <= costs.loc["federated", "bytes_up"]


def test_its_own_model_is_counted_among_what_a_device_keeps(alone):
    kept = table(alone, "costs.csv").query("method == 'exper'").pivot(index=["round", "device"], columns="mode")
    more = kept["memory_bytes"]["ditto"] - kept["memory_bytes"]["federated"]
    assert set(more) == {4 * model_of(alone, "ditto:exper").numel()}


def test_the_shared_model_knows_nothing_of_lambda(tmp_path, alone):
    folder = tmp_path / "run"
    run(folder, arms=["ditto:gem"], adaptation={"ditto_lambda": 0.5})
    assert torch.equal(model_of(folder, "ditto:gem"), model_of(alone, "ditto:gem"))
    assert not torch.equal(own_of(folder, 0, "ditto:gem", 4), own_of(alone, 0, "ditto:gem", 4))


def test_one_step_is_the_papers(tmp_path):
    """v − η (∇F(v) + λ (v − w)), ∇F by a step from v with λ = 0, in float64."""
    strength, rate, stepped = 3.0, 0.05, {}
    for value in (0.0, strength):
        chosen = {"adaptation": {"steps": 1, "ditto_lambda": value}}
        life = Life(make_world(tmp_path, **chosen), Arm.parse_shared("ditto:finetuning"))
        w = first_model(life.world)
        v = w + torch.linspace(-0.1, 0.1, len(w))
        _, learnt = life.live(DeviceState(own=v), w, 0, 1)
        assert learnt.outcome == "trained"
        stepped[value] = learnt.parameters.double().numpy()
        other = life.live(DeviceState(own=w), w, 0, 1)[1]
        assert torch.equal(learnt.shared, other.shared)  # whatever the personal model is
    away = (v.double() - w.double()).numpy()
    expected = stepped[0.0] - rate * strength * away
    np.testing.assert_allclose(stepped[strength], expected, atol=3e-7)
    assert np.abs(rate * strength * away).max() > 0.01


def test_a_device_without_labels_keeps_its_own_model(tmp_path):
    life = Life(make_world(tmp_path, stream={"per_round": 1}), Arm.parse_shared("ditto:exper"))
    w = first_model(life.world)
    v = w + 0.25
    _, learnt = life.live(DeviceState(own=v), w, 0, 1)
    assert learnt.outcome == "idle-no-labels"
    assert torch.equal(learnt.parameters, v)
    assert torch.equal(learnt.shared, w)


def test_a_device_that_is_new_begins_with_the_global_model():
    sharing = Sharing.of("ditto", Regressor(5, 3, ModelOptions(width=4)))
    model = torch.arange(float(sharing.size))
    assert torch.equal(sharing.personal(model, None), model)
    assert torch.equal(sharing.personal(model, -model), -model)
    assert torch.equal(sharing.own(-model), -model)
    assert torch.equal(sharing.down(model, introduced=True), model)


@pytest.mark.parametrize("method", ["ewc", "si", "lwf", "derpp", "gdumb"])
def test_a_method_that_follows_one_model_is_refused(method):
    with pytest.raises(ConfigError, match=f"ditto:{method}.*two models, and {method} keeps what belongs to one"):
        config(arms=[f"ditto:{method}"]).check()
