"""References that keep all speech: of one device, and of all devices pooled."""

from functools import partial

import numpy as np
import pytest
import torch

from fedser.device import DeviceState, Life, World
from fedser.errors import ConfigError
from fedser.protocol import Arm
from fedser.seeding import generator
from fedser.training import adapt
from simulations.engines import inprocess
from simulations.moving.device_stores import check_stores
from simulations.moving.federation import arm_folder
from simulations.moving.pooled_reference import PooledReference
from simulations.moving.round_files import RoundFiles
from tests.simulations.moving.overheard import first_of
from tests.simulations.moving.small_federation import (
    config,
    intercepted,
    model_of,
    own_of,
    prepared,
    run,
    table,
    weights_hash,
)

LOCAL, POOLED = "local:joint", "federated:joint"
LATE = {"per_round": 4, "label_fraction": 0.8, "label_delay": 1}


def rows(examples):
    return sorted(row.numpy().tobytes() for row in examples.acoustic)


def labelled_so_far(world, device, round):
    """By position, in plain Python."""
    found = set()
    for past in range(1, round + 1):
        items, labelled_in = world.heard(device, past)
        for condition, position, when in zip(items.conditions, items.positions, labelled_in, strict=True):
            if 0 <= when <= round:
                found.add(world.training[condition].acoustic[position].numpy().tobytes())
    return found


@pytest.fixture(scope="module")
def late(tmp_path_factory):
    folder = tmp_path_factory.mktemp("joint") / "run"
    chosen = run(folder, arms=[LOCAL, POOLED, "local:finetuning"], stream=LATE, memory={"capacity": 2})
    return folder, chosen, World.read(folder / "data", 0)


def test_a_device_learns_from_all_it_was_told_whatever_its_memory_holds(late, monkeypatch):
    folder, _, world = late
    life, given = Life(world, Arm.parse_shared(LOCAL)), []
    original = life.learning.learn

    def spy(before, own, memory, *rest):
        given.append((own, len(memory)))
        return original(before, own, memory, *rest)

    monkeypatch.setattr(life.learning, "learn", spy)
    state, model = DeviceState(), first_of(folder)
    for round in range(1, 5):
        before = len(given)
        state, learnt = life.live(state, model, 0, round)
        model = learnt.parameters
        if len(given) > before:
            own, kept = given[-1]
            assert set(rows(own)) == labelled_so_far(world, 0, round)
            assert kept == 0
            assert len(rows(own)) == len(set(rows(own)))
    assert len(given) >= 3
    assert len(given[-1][0]) > 2 * 3
    assert torch.equal(model, own_of(folder, 0, LOCAL, 4))


def test_the_pooled_model_is_trained_on_what_all_devices_were_told(late):
    """Its last round once more, by a plain call from the model before, on the set counted in plain Python."""
    folder, chosen, world = late
    arm = Arm.parse_shared(POOLED)
    reference = PooledReference(chosen, world, arm, RoundFiles(arm_folder(folder, 0, arm)))
    for round in (1, 4):
        told = [row for device in range(4) for row in labelled_so_far(world, device, round)]
        assert rows(reference.pooled(round)) == sorted(told)
    model = first_of(folder)
    life = Life(world, arm)
    for round in range(1, 5):
        life.parameters.restore(model)
        if len(reference.pooled(round)) < 2:
            continue
        adapt(
            life.model,
            life.parameters,
            reference.pooled(round),
            [],
            life.learning.strategy,
            chosen.training,
            chosen.adaptation,
            partial(generator, 0, "pooled", "round", round),
            "",
        )
        model = life.parameters.vector.clone()
    assert torch.equal(model, model_of(folder, POOLED))
    assert not torch.equal(model, first_of(folder))


def test_every_device_is_scored_with_the_pooled_model_and_costs_nothing(late):
    folder, _, _ = late
    scores = table(folder, "scores.csv").query("mode == 'federated' and round == 4")
    of = {name: scores[scores["device"] == name]["value"].to_numpy() for name in ("server", "0", "3")}
    assert np.array_equal(of["server"], of["0"])
    assert np.array_equal(of["server"], of["3"])
    costs = table(folder, "costs.csv").query("mode == 'federated'")
    assert (costs[["steps", "bytes_up", "bytes_down", "flops"]].to_numpy() == 0).all()
    assert len(costs) == 4 * 4
    local = table(folder, "costs.csv").query("mode == 'local' and method == 'joint' and round == 4")
    assert (local["memory_bytes"] > 2 * 4 * (6 + 4 + 2)).all()  # more than the capacity of 2


def test_no_message_is_sent_for_it_and_a_killed_run_comes_to_the_same(late, tmp_path, monkeypatch):
    folder, _, _ = late
    seen = set()

    def listen(message, context, answer):
        seen.add(message.content["task"]["arm"])
        return answer(message, context)

    changes = {"arms": [LOCAL, POOLED, "local:finetuning"], "stream": LATE, "memory": {"capacity": 2}}
    prepared(tmp_path / "run", **changes)
    original, calls = PooledReference._round, []

    def killed(self, state, number):
        calls.append(number)
        if number == 3:
            raise KeyboardInterrupt
        original(self, state, number)

    with monkeypatch.context() as patch, intercepted(monkeypatch, listen):
        patch.setattr(PooledReference, "_round", killed)
        with pytest.raises(KeyboardInterrupt):
            inprocess.run_federation(tmp_path / "run", 4, 1)
    assert calls == [1, 2, 3]
    assert seen == {LOCAL}
    check_stores(tmp_path / "run", World.read(tmp_path / "run" / "data", 0), Arm.parse_shared(POOLED))
    inprocess.run_federation(tmp_path / "run", 4, 1)
    assert weights_hash(tmp_path / "run") == weights_hash(folder)


@pytest.mark.parametrize("arm", ["ditto:joint", "personal-head:joint", "federated:joint@fednova"])
def test_other_modes_and_rules_are_refused(arm):
    with pytest.raises(ConfigError, match=r'joint is a reference.*"local:joint" or "federated:joint"'):
        config(arms=[arm])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"privacy": {"clip": 0.3}}, r"^\[privacy\]: federated:joint learns from the bare speech"),
        (
            {"adaptation": {"epochs": None, "early_stopping": True}},
            r"^\[adaptation\]: federated:joint: early",
        ),
    ],
)
def test_what_it_cannot_keep_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        config(arms=[POOLED], **changes).check()
    config(arms=[LOCAL], **changes).check()
