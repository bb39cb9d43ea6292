"""Fed-A-GEM: what devices tell of their memories, what comes back, and what it does to their steps."""

import numpy as np
import pandas as pd
import pytest
import torch

from clients import payload
from clients.rules.fed_agem import REFERENCE, FedAGem
from fedser.device import DeviceState, Life, World
from fedser.device.items import Items
from fedser.errors import ConfigError
from fedser.model.projection import given_way
from fedser.protocol import Arm, EnvironmentData
from fedser.protocol.arms import arms_of
from tests.device.small_world import make_world
from tests.device.test_life import first_model
from tests.references.naive_step import PlainRegressor
from tests.simulations.moving.small_federation import config, files_of, intercepted, model_of, run, table
from tests.simulations.moving.test_messages import Detector, opened

ARM, PLAIN = "federated:finetuning@fed-agem", "federated:finetuning"
OTHERS = ["personal-head:exper@fed-agem", "personal-norm:finetuning@fed-agem", "ditto:gem@fed-agem"]


def test_a_gradient_gives_way_as_the_formula_says():
    stream, altered = np.random.default_rng(0), 0
    for _ in range(40):
        g, m = stream.normal(size=(2, 7))
        found = given_way(torch.from_numpy(g), torch.from_numpy(m))
        if g @ m >= 0:
            assert found is None
            continue
        altered += 1
        np.testing.assert_allclose(found.numpy(), g - (g @ m) / (m @ m) * m, atol=1e-14)
        assert abs(found.numpy() @ m) < 1e-13  # a step along it leaves m's loss as it is, to first order
    assert 10 < altered < 30


@pytest.fixture(scope="module")
def overheard(tmp_path_factory):
    """A run, and its messages: (arm, round, device, ahead of training or not, down, up)."""
    folder, heard = tmp_path_factory.mktemp("fed-agem") / "run", []

    def listen(message, context, answer):
        task = message.content["task"]
        key = task["arm"], task["round"], int(context.node_config["partition-id"])
        reply = answer(message, context)
        assert not reply.has_error(), reply.error.reason
        ahead = message.metadata.message_type.endswith(payload.TELL_MEMORY)
        heard.append((*key, ahead, message.content, reply.content))
        return reply

    with pytest.MonkeyPatch.context() as monkeypatch, intercepted(monkeypatch, listen):
        run(folder, arms=[ARM, PLAIN, *OTHERS])
    return folder, heard


def plain_gradient(life, model, examples):
    """The gradient of 1 − CCC, mean over both targets, by torch's own modules in float64."""
    life.parameters.restore(model)
    plain = PlainRegressor(examples.acoustic.shape[1], examples.lexical.shape[1], 5).load(life.model).double()
    found, true = plain(examples.acoustic.double(), examples.lexical.double()), examples.labels.double()
    loss = 0.0
    for k in range(2):
        x, y = found[:, k], true[:, k]
        covariance = ((x - x.mean()) * (y - y.mean())).mean()
        spread = x.var(correction=0) + y.var(correction=0) + (x.mean() - y.mean()) ** 2
        loss = loss + 1 - 2 * covariance / spread
    loss.backward()
    return plain.flat(lambda parameter: parameter.grad)


def test_devices_tell_the_gradient_of_all_they_remember_and_the_sum_comes_back(overheard, tmp_path):
    """Lived again with the models that were sent: the memories are then known here."""
    folder, heard = overheard
    world = World.read(folder / "data", 0)
    life = Life(world, Arm.parse_shared(ARM))
    states = {device: DeviceState() for device in range(4)}
    for round in range(1, 5):
        rows = [row for row in heard if row[0] == Arm.parse_shared(ARM).name and row[1] == round]
        told = {device: up for _, _, device, ahead, _, up in rows if ahead}
        orders = {device: down for _, _, device, ahead, down, _ in rows if not ahead}
        assert set(told) == (set() if round == 1 else set(range(4)))
        total = 0
        for device in sorted(told):
            (gradient,) = payload.beside_in(told[device]).values()
            items = states[device].memory.places.values()
            examples = Items.join(list(items)).examples(world.training)
            assert len(examples) >= 4
            expected = plain_gradient(life, payload.vector_in(orders[device]), examples)
            scale = expected.abs().max()
            assert (gradient.double() - expected).abs().max() < 1e-5 * scale
            total = total + gradient.double()
        for device, order in orders.items():
            beside = payload.beside_in(order)
            assert set(beside) == ({REFERENCE} if round > 1 else set())
            if beside:
                assert torch.equal(beside[REFERENCE], total.float())
            model = payload.vector_in(order).clone()
            states[device], _ = life.live(states[device], model, device, round, beside)


def test_until_anybody_remembers_it_is_finetuning_and_then_it_is_not(overheard):
    folder, heard = overheard
    first = {
        arm: [
            payload.vector_in(up) for a, round, _, ahead, _, up in heard if a == arm and round == 1 and not ahead
        ]
        for arm in (Arm.parse_shared(ARM).name, PLAIN)
    }
    for one, other in zip(*first.values(), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(model_of(folder, ARM), model_of(folder, PLAIN))
    altered = table(folder, "costs.csv").query("rule == 'fed-agem' and method == 'finetuning'")["altered"]
    assert altered.sum() > 0


def test_with_no_memory_to_tell_of_it_is_finetuning_to_the_bit(tmp_path, overheard, monkeypatch):
    monkeypatch.setattr(FedAGem, "of_memories", lambda self, gradients: {})
    run(tmp_path / "run", arms=[ARM])
    assert torch.equal(model_of(tmp_path / "run", ARM), model_of(overheard[0], PLAIN))


@pytest.mark.parametrize("mode", ["federated", "personal-head", "personal-norm"])
def test_a_step_is_the_formulas_over_what_is_shared(tmp_path, mode):
    """One step with a reference, against the same step without one, in float64; what stays is left alone."""
    world = make_world(tmp_path, adaptation={"steps": 1})
    plain, guarded = (Life(world, Arm.parse_shared(f"{mode}:finetuning{at}")) for at in ("", "@fed-agem"))
    model, rate = first_model(world), world.settings.training.learning_rate
    part = plain.sharing.part
    altered = []
    for seed in range(4):
        reference = torch.from_numpy(np.random.default_rng(seed).normal(size=plain.sharing.shared_size)).float()
        before, after = (
            life.live(DeviceState(), model, 0, 1, beside)[1]
            for life, beside in ((plain, None), (guarded, {REFERENCE: reference}))
        )
        g, found = ((model - learnt.parameters).double().numpy() / rate for learnt in (before, after))
        r, shared = reference.double().numpy(), g[part].copy()
        if shared @ r < 0:
            shared -= (shared @ r) / (r @ r) * r
        g[part] = shared
        np.testing.assert_allclose(found, g, atol=3e-6)
        assert found[part] @ r > -1e-4 * np.linalg.norm(r)
        altered.append(after.altered)
    assert set(altered) == {0, 1}


def test_the_bytes_of_both_exchanges_are_counted(overheard):
    folder, heard = overheard
    costs = table(folder, "costs.csv")
    index = pd.MultiIndex.from_arrays([[arm.name for arm in arms_of(costs)], costs["round"], costs["device"]])
    for column, place in (("bytes_down", 4), ("bytes_up", 5)):
        sums = {}
        for row in heard:
            sums[row[:3]] = sums.get(row[:3], 0) + len(opened(row[place]))
        assert sums == pd.Series(costs[column].to_numpy(), index=index).to_dict()


def test_a_gradient_of_a_memory_is_all_that_is_told_of_it(overheard):
    """It leaks by what it is; but no speech, label, name or position goes up bare, nor anything beside it."""
    folder, heard = overheard
    detector = Detector.of([EnvironmentData.read(folder / "data" / str(k)) for k in range(3)])
    seen = set()
    for arm, _, _, ahead, down, up in heard:
        assert detector.leaks(opened(down)) == detector.leaks(opened(up)) == []
        if ahead:
            assert set(up) == {payload.REPORT, payload.BESIDE}
            assert set(up.metric_records[payload.REPORT]) == {"device"}
            ((name, gradient),) = payload.beside_in(up).items()
            assert name == payload.MEMORY_GRADIENT
            seen.add((Arm.parse_shared(arm).mode, len(gradient) == len(payload.vector_in(down))))
    assert seen == {(Arm.parse_shared(arm).mode, True) for arm in (ARM, *OTHERS)}


def test_a_gradient_of_another_size_or_sender_counts_for_nothing(tmp_path, monkeypatch):
    def lie(message, context, answer):
        reply = answer(message, context)
        if message.metadata.message_type.endswith(payload.TELL_MEMORY):
            device = int(context.node_config["partition-id"])
            if device == 1:
                reply.content[payload.BESIDE] = payload.arrays_by_name({payload.MEMORY_GRADIENT: torch.ones(3)})
            if device == 2:
                reply.content.metric_records[payload.REPORT]["device"] = 3
        return reply

    given, original = [], FedAGem.of_memories

    def count(self, told):
        given.append(len(told))
        return original(self, told)

    monkeypatch.setattr(FedAGem, "of_memories", count)
    with intercepted(monkeypatch, lie):
        run(tmp_path / "run", arms=[ARM], rounds=2)
    assert given == [0, 2]
    noted = files_of(tmp_path / "run", ARM).read_records()[2]["failures"]
    assert [note["device"] for note in noted] == [1, 2]


def test_an_arm_names_its_memory_and_what_it_is_tested_against():
    arm = Arm.parse_shared(ARM)
    assert (arm.name, arm.without_memory.name) == ("federated:finetuning-random@fed-agem", PLAIN)
    assert Arm.parse_shared(arm.name) == arm
    with pytest.raises(ConfigError, match=r"fed-agem needs a memory.*write federated:finetuning@fed-agem"):
        config(arms=[PLAIN], aggregation={"rule": "fed-agem"}).check()
