"""Rules of aggregation in a federation: side by side, killed and resumed, on devices, and with [privacy]."""

import pytest
import torch

from fedser.errors import ConfigError, RunError
from fedser.protocol import Arm
from fedser.rules import RULES
from simulations.engines import inprocess
from simulations.moving.federation import updates_folder
from simulations.moving.outcome import write_results
from simulations.moving.update_files import UpdateFiles
from tests.simulations.moving.overheard import BODY, failing, first_of, overhear
from tests.simulations.moving.small_federation import (
    ACOUSTICS,
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

NAMES = [name for name in RULES if RULES.origin(name).source == "fedser"]
ROBUST = ["norm-bound", "fednova", "fedmedian", "fedtrimmedavg", "krum", "multikrum", "bulyan"]
BESIDE = {"scaffold": "control-variate", "qfedavg": "train_loss", "fed-agem": "memory-gradient"}
SECTIONS = {
    "fedadam-reddi": {"eta": 0.01},
    "qfedavg": {"client_learning_rate": 0.05},
    "fedadam": {"eta": 0.01},
    "fedadagrad": {"eta": 0.01},
    "multikrum": {"num_nodes_to_select": 2},
}


def test_they_stand_side_by_side_in_every_file(tmp_path):
    arms = [f"federated:finetuning@{name}" for name in NAMES]
    chosen = run(tmp_path / "run", arms=["local:finetuning", *arms], rounds=2, **SECTIONS)
    for file in ("scores.csv", "costs.csv", "prequential.csv"):
        rows = table(tmp_path / "run", file)
        assert list(dict.fromkeys(rows["rule"])) == ["", *NAMES]
    models = {name: model_of(tmp_path / "run", arm) for name, arm in zip(NAMES, arms, strict=True)}
    # All take equal steps and weigh the same, and nobody is malicious: both are the mean, in float64.
    assert torch.equal(models["fednova"], models["bulyan"])
    assert (models["fednova"] - models["fedavg"]).abs().max() < 1e-6
    assert len({model.numpy().tobytes() for model in models.values()}) == len(NAMES) - 1
    assert all(model.isfinite().all() for model in models.values())
    assert [arm.rule for arm in chosen.parsed_arms()] == ["", *NAMES]


def test_the_configured_rule_is_that_of_arms_without_one(tmp_path):
    run(tmp_path / "named", arms=["federated:exper@fedyogi"])
    run(tmp_path / "configured", arms=["federated:exper"], aggregation={"rule": "fedyogi"})
    assert torch.equal(
        model_of(tmp_path / "named", "federated:exper@fedyogi"),
        model_of(tmp_path / "configured", "federated:exper"),
    )
    assert "rule" not in table(tmp_path / "configured", "scores.csv")


@pytest.mark.parametrize("name", NAMES)
def test_killed_and_resumed_comes_to_the_same_bytes(tmp_path, monkeypatch, name):
    changes = {"arms": [f"personal-head:finetuning@{name}"], **SECTIONS}
    run(tmp_path / "whole", **changes)
    folder = tmp_path / "run"
    prepared(folder, **changes)
    for round in (2, 4):
        broken = {(round, device) for device in range(4)}
        with intercepted(monkeypatch, failing(broken)), pytest.raises(RunError):
            inprocess.run_federation(folder, 4, 1)
    inprocess.run_federation(folder, 4, 1)
    assert weights_hash(folder) == weights_hash(tmp_path / "whole")


def test_with_too_few_updates_the_model_stays_and_the_run_says_so(tmp_path, monkeypatch):
    arm = "federated:finetuning@krum"
    changes = {"arms": [arm], "participation": {"most_failures": 1.0}}
    folder = tmp_path / "run"
    with intercepted(monkeypatch, failing({(2, 0), (2, 1)})):
        chosen = run(folder, **changes)
    assert [record["aggregated"] for record in files_of(folder, arm).read_records()[1:]] == [
        True,
        False,
        True,
        True,
    ]
    warnings = write_results(folder, chosen, ACOUSTICS)
    assert "seed 0, federated:finetuning@krum: 1 rounds without a new model, the first 2" in warnings


def test_a_model_that_is_not_finite_stops_the_run_in_one_line(tmp_path):
    changes = {"arms": ["federated:finetuning@fedadam"], "fedadam": {"eta": 3e38, "beta_1": 0.0}}
    prepared(tmp_path / "run", **changes)
    with pytest.raises(
        RunError, match=r"^federated:finetuning@fedadam, seed 0, round 1: what fedadam makes"
    ) as error:
        inprocess.run_federation(tmp_path / "run", 4, 1)
    assert "\n" not in str(error.value)


# On the devices.


def test_fedprox_keeps_updates_nearer_to_the_model_sent(tmp_path, monkeypatch):
    moved = {}
    for strength in (0.0, 15.0):
        changes = {"arms": ["federated:finetuning@fedprox"], "rounds": 1, "fedprox": {"proximal_mu": strength}}
        _, down, up, _ = overhear(monkeypatch, tmp_path / str(strength), **changes)
        moved[strength] = [(up[key] - down[key]).norm().item() for key in sorted(up)]
    assert moved[0.0] != moved[15.0]
    assert sum(moved[15.0]) < sum(moved[0.0])


def test_fedprox_goes_with_early_stopping(tmp_path):
    found = {}
    for strength in (0.0, 15.0):
        changes = {"adaptation": {"epochs": None, "early_stopping": True}, "fedprox": {"proximal_mu": strength}}
        run(tmp_path / str(strength), arms=["federated:finetuning@fedprox"], rounds=1, **changes)
        start = first_of(tmp_path / str(strength))
        found[strength] = (model_of(tmp_path / str(strength), "federated:finetuning@fedprox") - start).norm()
    assert 0 < found[15.0] < found[0.0]


def test_fedprox_leaves_personal_heads_alone(tmp_path):
    """In two steps: the first begins at the model sent, where the penalty is flat, the second at equal weights.

    After both, heads must be equal to the bit with any strength, and bodies must not.
    """
    arm, found = "personal-head:finetuning@fedprox", {}
    for strength in (0.0, 15.0):
        folder = tmp_path / str(strength)
        run(
            folder,
            arms=[arm],
            rounds=1,
            adaptation={"epochs": None, "steps": 2},
            fedprox={"proximal_mu": strength},
        )
        found[strength] = [own_of(folder, device, arm, 1) for device in range(4)], model_of(folder, arm)[:BODY]
    assert all(torch.equal(a, b) for a, b in zip(found[0.0][0], found[15.0][0], strict=True))
    assert not torch.equal(found[0.0][1], found[15.0][1])
    assert not torch.equal(found[0.0][0][0], first_of(tmp_path / "0.0")[BODY:])


# With [privacy].

CENTRAL = {"mechanism": "central", "clip": 0.3, "noise_multiplier": 1.0, "delta": 0.01}
UNIFORM = {"weights": "uniform"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("privacy", [CENTRAL, {"secure_aggregation": True}], ids=["noise", "secure sum"])
def test_only_rules_of_the_average_go_with_noise_or_a_secure_sum(name, privacy):
    chosen = config(arms=[f"federated:exper@{name}"], devices={"count": 12}, aggregation=UNIFORM, privacy=privacy)
    if name not in (*ROBUST, *BESIDE):
        chosen.check()
        return
    said = f"has devices send {BESIDE[name]} beside" if name in BESIDE else "needs every"
    with pytest.raises(ConfigError, match=rf"^\[privacy\]: federated:exper-random@{name}: {name} {said}") as error:
        chosen.check()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("privacy", [{"clip": 0.3}, {"compression": "8-bit"}], ids=["clip", "8-bit"])
def test_what_goes_up_beside_a_model_is_refused_under_any_defence(name, privacy):
    with pytest.raises(ConfigError, match=rf"{name} has devices send {BESIDE[name]} beside their models"):
        config(arms=[f"federated:exper@{name}"], privacy=privacy).check()


@pytest.mark.parametrize("name", ["scaffold", "fednova"])
def test_rules_that_count_steps_are_refused_where_steps_are_taken_back(name):
    early = {"adaptation": {"epochs": None, "early_stopping": True}}
    with pytest.raises(
        ConfigError, match=rf"^\[adaptation\]: federated:exper-random@{name}: {name} counts"
    ) as error:
        config(arms=[f"federated:exper@{name}"], **early).check()
    assert "\n" not in str(error.value)


def test_scaffold_with_one_device_is_fedavg(tmp_path):
    """Both variates are then the same: what is taken from a gradient is added to it again.

    To the bit while c is a first c₁⁺; later it is a sum of roundings, which training makes larger and larger.
    """
    one = {"devices": {"count": 1}, "rounds": 2}
    models = []
    for name in ("scaffold", "fedavg"):
        run(tmp_path / name, arms=[f"federated:exper@{name}"], **one)
        models.append(model_of(tmp_path / name, f"federated:exper@{name}"))
    assert torch.equal(*models)


def test_the_fair_rule_with_q_0_is_the_plain_average(tmp_path):
    run(tmp_path / "fair", arms=["federated:exper@qfedavg"], qfedavg={"q": 0.0}, rounds=1)
    run(tmp_path / "plain", arms=["federated:exper"], aggregation=UNIFORM, rounds=1)
    plain, fair = (
        model_of(tmp_path / "plain", "federated:exper"),
        model_of(tmp_path / "fair", "federated:exper@qfedavg"),
    )
    assert (plain - fair).abs().max() < 2e-6


@pytest.mark.parametrize("privacy", [{"clip": 0.3}, {"compression": "8-bit", "clip": 0.5}], ids=["clip", "8-bit"])
def test_robust_rules_are_given_every_update_as_the_defences_leave_it(tmp_path, monkeypatch, privacy):
    """Krum takes one device's update, clipped and decoded, and none of their average."""
    arm, folder = "federated:finetuning@krum", tmp_path / "run"
    run(folder, arms=[arm], rounds=1, aggregation=UNIFORM, privacy=privacy, audit={"record_updates": True})
    kept, _ = UpdateFiles(updates_folder(folder, 0, Arm.parse_shared(arm)), 0.0).read(1)
    moved = kept["average"].double()
    candidates = [kept[f"update/{device}"].double() for device in range(4)]
    clipped = [update * min(1.0, privacy["clip"] / update.norm().item()) for update in candidates]
    away = [(moved - update).abs().max().item() for update in clipped]
    assert min(away) < 1e-6
    assert (moved - torch.stack(clipped).mean(dim=0)).abs().max() > 1e-3


def test_rules_of_the_average_come_to_the_same_from_the_average(tmp_path):
    """FedAvg under a clip that clips nothing is FedAvg."""
    run(tmp_path / "plain", arms=["federated:finetuning"], rounds=1)
    run(tmp_path / "clip", arms=["federated:finetuning"], rounds=1, privacy={"clip": 1e3})
    plain, clipped = (model_of(tmp_path / name, "federated:finetuning") for name in ("plain", "clip"))
    assert torch.allclose(plain, clipped, atol=1e-6, rtol=0)
