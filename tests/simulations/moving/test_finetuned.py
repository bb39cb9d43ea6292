"""Federated, then finetuned: federated up to a round, then local, to the bit."""

import pytest
import torch

from clients.device_store import DeviceStore, owner_of
from fedser.device import Life, World
from fedser.errors import ConfigError, RunError
from fedser.protocol import Arm
from simulations.engines import inprocess
from tests.simulations.moving.overheard import failing, overhear
from tests.simulations.moving.small_federation import (
    config,
    files_of,
    intercepted,
    model_of,
    own_of,
    prepared,
    run,
    table,
    weights_hash,
)

ARM = "federated-ft:gem@scaffold"
TWO = {"arms": [ARM], "adaptation": {"finetuned_rounds": 2}}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finetuned") / "run"
    with pytest.MonkeyPatch.context() as monkeypatch:
        _, down, up, _ = overhear(monkeypatch, folder, **TWO)
    return folder, down, up


def test_until_then_it_is_federated(two, tmp_path):
    """The rounds of a shorter federation, whose plan is the same."""
    run(tmp_path / "run", arms=["federated:gem@scaffold"], rounds=2)
    assert torch.equal(model_of(two[0], ARM), model_of(tmp_path / "run", "federated:gem@scaffold"))


def test_then_every_device_goes_on_alone_from_the_last_global_model(two):
    """What went up before, what is sent once, and nothing after; its own model moves on from round to round."""
    folder, down, up = two
    shared = model_of(folder, ARM)
    for device in range(4):
        assert up[2, device] is not None
        assert up[3, device] is None
        assert up[4, device] is None
        assert torch.equal(down[3, device], shared)
        assert down[4, device] is None
        own = [own_of(folder, device, ARM, round) for round in (3, 4)]
        assert len({vector.numpy().tobytes() for vector in (shared, *own)}) == 3
    records = files_of(folder, ARM).read_records()[1:]
    assert [record["aggregated"] for record in records] == [True, True, False, False]


def test_alone_it_is_what_mode_local_does(two, tmp_path):
    """The same states and the same model, lived by mode local."""
    folder = two[0]
    world, arm = World.read(folder / "data", 0), Arm.parse_shared(ARM)
    store = DeviceStore(folder / "devices" / "1" / "seed-0" / arm.folder, owner_of(1, 0, arm, world.identity))
    before = store.before(4)
    assert before.round == 3
    _, learnt = Life(world, Arm.parse_shared("local:gem")).live(before, before.own, 1, 4)
    assert torch.equal(learnt.parameters, own_of(folder, 1, ARM, 4))


@pytest.mark.parametrize("broken", [2, 3, 4])
def test_killed_before_and_after_it_comes_to_the_same_bytes(two, tmp_path, monkeypatch, broken):
    folder = tmp_path / "run"
    prepared(folder, **TWO)
    with intercepted(monkeypatch, failing({(broken, d) for d in range(4)})), pytest.raises(RunError) as error:
        inprocess.run_federation(folder, 4, 1)
    assert str(error.value).startswith("federated-ft:gem-random@scaffold, seed 0")
    inprocess.run_federation(folder, 4, 1)
    assert weights_hash(folder) == weights_hash(two[0])


def test_its_rows_stand_in_every_file(two):
    for name in ("scores.csv", "costs.csv"):
        assert set(table(two[0], name)["mode"]) == {"federated-ft"}
    costs = table(two[0], "costs.csv").groupby("round")["bytes_up"].sum()
    assert costs[4] < costs[2]


def test_what_is_shared_can_be_protected_and_the_rest_costs_nothing(tmp_path):
    privacy = {"mechanism": "central", "clip": 0.3, "noise_multiplier": 1.0, "delta": 0.01, "nonce": "0" * 16}
    changes = {"aggregation": {"weights": "uniform"}, "privacy": privacy, "adaptation": {"finetuned_rounds": 2}}
    arms = ["federated-ft:exper", "federated:exper"]
    run(tmp_path / "run", arms=arms, **changes)
    charges = [(tmp_path / "run" / "checkpoints" / "seed-0" / f"{a.replace(':', '-')}-random") for a in arms]
    finetuned, federated = (len((folder / "ledger.json").read_text()) for folder in charges)
    assert 0 < finetuned < federated


def test_no_round_to_share_in_is_refused():
    with pytest.raises(ConfigError, match=r"finetuned_rounds = 4 of 4 rounds leave none to share in"):
        config(arms=[ARM], adaptation={"finetuned_rounds": 4}).check()
