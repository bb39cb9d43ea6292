"""What goes up, down and into the model, by mode; participation, deadlines and quorum."""

import shutil

import numpy as np
import pytest
import torch

from fedser import whole_files
from fedser.device import World
from fedser.device.sharing import Sharing
from fedser.errors import ConfigError, RunError
from fedser.model import FlatParameters, Regressor
from simulations.engines import inprocess
from simulations.moving.cohort import seconds_on_device
from tests.device.small_world import ACOUSTIC, LEXICAL
from tests.references.naive_step import PlainRegressor, ccc_loss
from tests.simulations.moving.overheard import BODY, failing, first_of, overhear
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


def test_local_never_uploads_and_downloads_once(tmp_path, monkeypatch):
    folder, arm = tmp_path / "run", "local:exper"
    _, down, up, _ = overhear(monkeypatch, folder, arms=[arm])
    assert all(update is None for update in up.values())
    first = first_of(folder)
    for (round, _), model in down.items():
        assert (model is not None) == (round == 1)
        assert model is None or torch.equal(model, first)
    assert torch.equal(model_of(folder, arm), first)  # the server's model is never touched
    own = [own_of(folder, device, arm, 4) for device in range(4)]
    assert all(len(vector) == len(first) for vector in own)
    assert len({vector.numpy().tobytes() for vector in [first, *own]}) == 5
    scores = table(folder, "scores.csv")
    assert set(scores.loc[scores["device"] == "server", "round"]) == {0}


def test_a_local_device_goes_on_with_its_own_model(tmp_path):
    """Alone or among others, a device learns the same."""
    for count in (2, 4):
        run(tmp_path / str(count), arms=["local:gem"], devices={"count": count})
    for device in range(2):
        first, second = (own_of(tmp_path / str(count), device, "local:gem", 4) for count in (2, 4))
        assert torch.equal(first, second)


def test_a_personal_head_stays_and_the_body_is_shared(tmp_path, monkeypatch):
    folder, arm = tmp_path / "run", "personal-head:finetuning"
    _, down, up, examples = overhear(monkeypatch, folder, arms=[arm])
    first = first_of(folder)
    heads = [own_of(folder, device, arm, 4) for device in range(4)]
    assert {len(head) for head in heads} == {len(first) - BODY}
    assert len({head.numpy().tobytes() for head in [first[BODY:], *heads]}) == 5
    for (round, _), model in down.items():
        assert len(model) == (len(first) if round == 1 else BODY)
    for round in range(1, 5):
        weights = np.array([examples[round, device] for device in range(4)], np.float64)
        bodies = np.stack([up[round, device].double().numpy() for device in range(4)])
        assert bodies.shape[1] == BODY
        mean = (bodies * weights[:, None]).sum(axis=0) / weights.sum()
        then = down[round + 1, 0] if round < 4 else model_of(folder, arm)[:BODY]
        assert np.abs(then.double().numpy() - mean).max() < 1e-6
    assert torch.equal(model_of(folder, arm)[BODY:], first[BODY:])  # the server's own heads are the first ones


def test_one_device_with_a_norm_of_its_own_is_local_bit_for_bit(tmp_path):
    """What comes back from the server is what it sent, and the rest it has."""
    arms = ["local:gem", "personal-norm:gem"]
    run(tmp_path / "run", arms=arms, devices={"count": 1})
    alone, norm = own_of(tmp_path / "run", 0, arms[0], 4), own_of(tmp_path / "run", 0, arms[1], 4)
    sharing = Sharing.of("personal-norm", Regressor(ACOUSTIC, LEXICAL, config().model))
    joined = sharing.start(model_of(tmp_path / "run", arms[1])[sharing.part], norm)
    assert torch.equal(joined, alone)
    scores = table(tmp_path / "run", "scores.csv")
    found = scores[scores["device"] == "0"].groupby("mode")["value"].apply(tuple)
    assert found["local"] == found["personal-norm"]


def test_norms_differ_between_devices_and_the_servers_stay_the_first(tmp_path):
    arm = "personal-norm:finetuning@fedmedian"
    run(tmp_path / "run", arms=[arm])
    norms = [own_of(tmp_path / "run", device, arm, 4) for device in range(4)]
    assert len({norm.numpy().tobytes() for norm in norms}) == 4
    sharing = Sharing.of("personal-norm", Regressor(ACOUSTIC, LEXICAL, config().model))
    first, last = first_of(tmp_path / "run"), model_of(tmp_path / "run", arm)
    assert torch.equal(first[sharing.rest], last[sharing.rest])
    assert not torch.equal(first[sharing.part], last[sharing.part])


def test_fedrep_trains_heads_under_the_body_that_was_sent_and_then_the_body_under_them(tmp_path, monkeypatch):
    """In one step each, in float64 by torch's own layers; dropout is left out."""
    folder, arm = tmp_path / "run", "fedrep:finetuning"
    still = {"width": 5, "trunk_dropout": 0.0, "head_dropout": 0.0, "lexical_dropout": 0.0}
    changes = {"adaptation": {"epochs": None, "steps": 1}, "model": still, "rounds": 1, "stream": {"per_round": 4}}
    _, down, up, _ = overhear(monkeypatch, folder, arms=[arm], **changes)
    world = World.read(folder / "data", 0)
    for device in range(4):
        heard = world.heard(device, 1)[0].examples(world.training)
        start = down[1, device].double()
        heads = (torch.arange(len(start)) >= BODY).double()
        first = start - 0.05 * heads * plain_gradient(start, heard)
        last = first - 0.05 * (1 - heads) * plain_gradient(first, heard)
        assert (last[:BODY] - up[1, device].double()).abs().max() < 2e-6
        assert (last[BODY:] - own_of(folder, device, arm, 1).double()).abs().max() < 2e-6
        assert (last[:BODY] - start[:BODY]).abs().max() > 1e-4
    costs = table(folder, "costs.csv")
    assert (costs["steps"] == 2).all()


def plain_gradient(vector, heard):
    """The gradient (p,) at a vector, by the plain float64 model."""
    model = Regressor(ACOUSTIC, LEXICAL, config().model).double()
    FlatParameters(model).restore(vector)
    plain = PlainRegressor(ACOUSTIC, LEXICAL, config().model.width).double().load(model)
    loss = ccc_loss(plain(heard.acoustic.double(), heard.lexical.double()), heard.labels.double())
    loss.backward()
    return plain.flat(lambda p: p.grad)


@pytest.mark.parametrize(
    ("arm", "early", "said"),
    [
        ("fedrep:finetuning", True, "fedrep trains heads and body for a set time each"),
        ("fedrep:finetuning@scaffold", False, "in fedrep only some of them move what is shared"),
    ],
)
def test_what_does_not_go_with_fedrep_is_refused(arm, early, said):
    changes = {"adaptation": {"epochs": None, "early_stopping": True}} if early else {}
    with pytest.raises(ConfigError, match=said):
        config(arms=[arm], **changes).check()


def test_federated_is_the_weighted_mean_of_what_came_up(tmp_path, monkeypatch):
    folder, arm = tmp_path / "run", "federated:exper"
    changes = {"arms": [arm], "stream": {"label_fraction": 0.7}, "participation": {"fraction": 0.75}}
    _, down, up, examples = overhear(monkeypatch, folder, **changes)
    assert len({len([key for key in up if key[0] == round]) for round in range(1, 5)} | {3}) == 1
    after = {round: next(model for (r, _), model in down.items() if r == round) for round in range(1, 5)}
    after[5] = model_of(folder, arm)
    assert len(set(examples.values())) > 2  # the weights do differ
    for round in range(1, 5):
        devices = [device for r, device in up if r == round and examples[r, device]]
        weights = np.array([examples[round, device] for device in devices], np.float64)
        mean = (
            sum(w * up[round, d].double().numpy() for w, d in zip(weights, devices, strict=True)) / weights.sum()
        )
        assert np.abs(after[round + 1].double().numpy() - mean).max() < 1e-6


def test_all_arms_of_a_seed_have_the_same_cohorts_and_the_same_start(tmp_path):
    folder = tmp_path / "run"
    arms = ["local:finetuning", "federated:exper", "personal-head:gem"]
    changes = {"seeds": 2, "rounds": 6, "devices": {"count": 6}, "participation": {"fraction": 0.5}}
    run(folder, arms=arms, server={"speakers": 0.3}, mobility={"availability": 0.8}, **changes)
    costs = table(folder, "costs.csv")
    cohorts = {
        key: tuple(zip(part["round"], part["device"], strict=True))
        for key, part in costs.groupby(["seed", "mode"])
    }
    assert len(cohorts) == 6
    for seed in range(2):
        assert len({cohorts[seed, mode] for mode in ("local", "federated", "personal-head")}) == 1
    assert cohorts[0, "local"] != cohorts[1, "local"]
    visits = table(folder, "visits.csv").set_index(["seed", "device", "round"])
    asked = costs[["seed", "device", "round"]].itertuples(index=False)
    assert all(visits.loc[tuple(key), "available"] == 1 for key in asked)
    scores = table(folder, "scores.csv")
    first = scores[scores["round"] == 0]
    assert (first.groupby(["seed", "environment", "target", "metric"])["value"].nunique() == 1).all()
    assert first["value"].nunique() > 10


def test_the_personal_models_together_are_scored_as_one(tmp_path):
    folder, arm = tmp_path / "run", "local:finetuning"
    run(folder, arms=[arm])
    from fedser.metrics.pooled import Moments

    record = files_of(folder, arm).read_records()[2]
    pooled = sum((Moments.from_list(e["held_out"]["home/valence"][:6]) for e in record["devices"]), Moments())
    scores = table(folder, "scores.csv")
    chosen = (scores["round"] == 2) & (scores["environment"] == "home") & (scores["target"] == "valence")
    rows = scores[chosen & (scores["metric"] == "ccc")].set_index("device")["value"]
    assert pooled.n == 4 * 20
    assert rows["all"] == pytest.approx(pooled.ccc(), abs=1e-12)
    assert rows["all"] != pytest.approx(rows[["0", "1", "2", "3"]].mean(), abs=1e-6)


def seconds_of(folder, chosen, arm, round):
    """How long each device of a round would take."""
    entries = files_of(folder, arm).read_records()[round]["devices"]
    p = chosen.participation
    return [seconds_on_device(p, 0, e["device"], e["flops"], e["bytes_up"] + e["bytes_down"]) for e in entries]


def test_a_late_device_loses_its_update_but_not_its_memory(tmp_path, monkeypatch):
    arm, changes = "federated:exper", {"rounds": 1, "devices": {"count": 6}}
    in_time = run(tmp_path / "in-time", arms=[arm], **changes)
    deadline = float(np.median(seconds_of(tmp_path / "in-time", in_time, arm, 1)))
    folder = tmp_path / "run"
    _, _, up, examples = overhear(
        monkeypatch, folder, arms=[arm], participation={"deadline_s": deadline}, **changes
    )
    costs = table(folder, "costs.csv").set_index("device")["outcome"]
    assert sorted(costs) == ["late"] * 3 + ["trained"] * 3
    devices = [device for device in range(6) if costs[device] == "trained"]
    weights = np.array([examples[1, device] for device in devices], np.float64)
    mean = sum(w * up[1, d].double().numpy() for w, d in zip(weights, devices, strict=True)) / weights.sum()
    assert np.abs(model_of(folder, arm).double().numpy() - mean).max() < 1e-6
    for device in range(6):
        store = folder / "devices" / str(device) / "seed-0" / "federated-exper-random" / "round-00001.safetensors"
        assert len(whole_files.read_tensors(store)[0]["positions"]) == 4


def test_nobody_in_time_leaves_the_model_as_it_is(tmp_path):
    folder, arm = tmp_path / "run", "federated:gem"
    run(folder, arms=[arm], participation={"deadline_s": 1e-9})
    assert torch.equal(model_of(folder, arm), first_of(folder))
    assert [record["aggregated"] for record in files_of(folder, arm).read_records()[1:]] == [False] * 4


@pytest.mark.parametrize(("quorum", "aggregated"), [(0.0, True), (0.56, True), (0.57, False), (1.0, False)])
def test_below_the_quorum_a_round_changes_nothing(tmp_path, quorum, aggregated):
    """14 of 25 devices are in time: 0.56 × 25 is a little more than 14 in floating point, and must not be."""
    arm, changes = "federated:finetuning", {"rounds": 1, "devices": {"count": 25}, "speakers": 25}
    chosen = run(tmp_path / "all", arms=[arm], **changes)
    deadline = float(np.sort(seconds_of(tmp_path / "all", chosen, arm, 1))[13:15].mean())
    folder = tmp_path / "run"
    run(folder, arms=[arm], participation={"quorum": quorum, "deadline_s": deadline}, **changes)
    record = files_of(folder, arm).read_records()[1]
    assert sum(entry["outcome"] == "trained" for entry in record["devices"]) == 14
    assert record["aggregated"] == aggregated
    assert torch.equal(model_of(folder, arm), first_of(folder)) != aggregated


def test_too_many_failures_stop_the_run_in_one_line_and_it_can_be_resumed(tmp_path, monkeypatch):
    arms = ["local:exper", "federated:gem"]
    whole = tmp_path / "whole"
    chosen = run(whole, arms=arms)
    folder = tmp_path / "run"
    prepared(folder, arms=arms)
    broken = {(3, device) for device in (0, 1, 3)}
    with intercepted(monkeypatch, failing(broken)), pytest.raises(RunError) as error:
        inprocess.run_federation(folder, 4, 1)
    text = str(error.value)
    assert "\n" not in text
    assert all(part in text for part in ("local:exper", "round 3", "3 of 4", "no space left", "--run"))
    inprocess.run_federation(folder, 4, 1)
    assert weights_hash(folder) == weights_hash(whole)
    assert chosen.rounds == files_of(folder, "federated:gem").read_state().round


@pytest.mark.parametrize("mode", ["local", "federated", "personal-head", "personal-norm", "fedrep", "ditto"])
def test_a_few_failures_are_noted_and_the_device_comes_back(tmp_path, monkeypatch, mode):
    folder, arm = tmp_path / "run", f"{mode}:finetuning"
    with intercepted(monkeypatch, failing({(2, 0), (2, 3), (4, 1)})):
        run(folder, arms=[arm])
    costs = table(folder, "costs.csv").set_index(["round", "device"])
    failed = costs.index[costs["outcome"] == "failed"].tolist()
    assert failed == [(2, 0), (2, 3), (4, 1)]
    assert (costs.loc[failed, "bytes_up"] == 0).all()
    # In round 3 it learns what it missed in round 2 as well.
    assert costs.loc[(3, 0), "steps"] == 2 * costs.loc[(3, 1), "steps"]


def test_all_devices_failing_may_be_allowed_and_changes_nothing(tmp_path, monkeypatch):
    folder, arm = tmp_path / "run", "federated:gem"
    everything = {(round, device) for round in range(1, 5) for device in range(4)}
    with intercepted(monkeypatch, failing(everything)):
        run(folder, arms=[arm], participation={"most_failures": 1.0})
    assert torch.equal(model_of(folder, arm), first_of(folder))
    assert set(table(folder, "costs.csv")["outcome"]) == {"failed"}


def test_a_device_that_lost_its_store_is_sent_the_model_anew(tmp_path, monkeypatch):
    folder, arm = tmp_path / "run", "personal-head:exper"

    def lose(message, context, answer):
        if (message.content["task"]["round"], context.node_config["partition-id"]) == (3, 2):
            shutil.rmtree(folder / "devices" / "2")
        return answer(message, context)

    with intercepted(monkeypatch, lose):
        run(folder, arms=[arm])
    costs = table(folder, "costs.csv").set_index(["round", "device"])
    assert costs.loc[(3, 2), "outcome"] == "failed"
    assert costs.loc[(4, 2), "outcome"] == "trained"
    assert costs.loc[(4, 2), "bytes_down"] > costs.loc[(4, 1), "bytes_down"]
