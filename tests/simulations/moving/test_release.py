"""Models out of a federation: the server's, a device's own, and what a card says of them."""

import json
import shutil

import pandas as pd
import pytest
import torch

from fedser import export
from fedser.device import World
from fedser.device.sharing import Sharing
from fedser.errors import RunError
from fedser.metrics import ccc
from fedser.model import FlatParameters
from fedser.results.numerals import decimal
from fedser.training import predict
from simulations.kinds import release_model
from simulations.model_choice import ModelChoice
from tests.simulations.moving import small_federation

ARMS = ["local:finetuning", "federated:exper", "personal-head:exper"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small federation with all that a finished run folder has."""
    folder = tmp_path_factory.mktemp("release") / "run"
    config = small_federation.run(folder, arms=ARMS, features={"acoustic": "logmel"})
    first = World.read(folder / "data", 0).training[0]
    sizes = {"acoustic": first.acoustic.shape[1], "lexical": first.lexical.shape[1]}
    still = {kind: {"mean": [0.0] * size, "std": [1.0] * size, "clip": None} for kind, size in sizes.items()}
    (folder / "standardisers.json").write_text(json.dumps([still]))
    record = {
        "kind": "moving",
        "fedser": "0.1.0",
        "finished": "2026-01-01T00:00:00+00:00",
        "seeds": [0],
        "environments": [place.name for place in config.environments],
        "notes": {place.name: ["made of nothing"] for place in config.environments},
        "arms": [arm.row() for arm in config.parsed_arms()],
        "rounds": config.rounds,
        "devices": config.devices.count,
    }
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def parameters(release):
    return FlatParameters(release.model.regressor).vector


def scored(release, world, environment):
    """The model's own CCC of activation on the held-out speakers of an environment after the last round."""
    examples, labels = world.held_out(environment, 4)
    return ccc(predict(release.model.regressor, examples)[:, 0], labels[:, 0])


def test_the_server_s_model_is_the_one_that_was_scored(run, tmp_path):
    release = release_model(run, ModelChoice("federated:exper"))
    assert torch.equal(parameters(release), small_federation.model_of(run, "federated:exper"))
    scores = pd.read_csv(run / "scores.csv", keep_default_na=False)
    last = scores.query("device == 'server' and mode == 'federated' and round == 4 and target == 'activation'")
    last = last[last["metric"] == "ccc"].set_index("environment")["value"]
    world = World.read(run / "data", 0)
    for place, name in enumerate(world.settings.environments):
        assert scored(release, world, place) == pytest.approx(last[name], abs=1e-12)
        assert f"| {name} | activation | {decimal(last[name], 3)} |" in release.card
    loaded = export.load(release.write(tmp_path / "model"))
    assert loaded.config["trained"]["device"] == "server"
    assert loaded.config["trained"] | {"mode": "federated", "round": 4, "seed": 0} == loaded.config["trained"]


def test_a_device_s_own_model_where_nothing_is_shared(run):
    release = release_model(run, ModelChoice("local:finetuning", device=2))
    assert torch.equal(parameters(release), small_federation.own_of(run, 2, "local:finetuning", 4))
    scores = pd.read_csv(run / "scores.csv", keep_default_na=False)
    own = scores.query("device == '2' and mode == 'local' and round == 4 and target == 'activation'")
    own = own[own["metric"] == "ccc"].set_index("environment")["value"]
    world = World.read(run / "data", 0)
    for place, name in enumerate(world.settings.environments):
        assert scored(release, world, place) == pytest.approx(own[name], abs=1e-12)
        assert f"| {name} | activation | {decimal(own[name], 3)} |" in release.card
    assert release.model.config["trained"]["device"] == 2


def test_a_device_s_heads_on_the_server_s_body(run):
    release = release_model(run, ModelChoice("personal-head:exper", device=1))
    sharing = Sharing.of("personal-head", release.model.regressor)
    server = small_federation.model_of(run, "personal-head:exper")
    own = small_federation.own_of(run, 1, "personal-head:exper", 4)
    assert torch.equal(parameters(release), torch.cat([server[: sharing.body], own]))
    assert not torch.equal(server[sharing.body :], own)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (
            ModelChoice("federated:exper"),
            ["mode Federated", "averaged by fedavg", "arm federated:exper-random, seed 0", "after round 4"],
        ),
        (ModelChoice("local:finetuning", device=2), ["device 2", "Its own is all of it", "after round 4"]),
        (
            ModelChoice("personal-head:exper", device=1),
            ["Its own is its heads", "the rest is the server's after round 4", "as it was after its last round"],
        ),
    ],
)
def test_the_card_says_whose_model_it_is(run, choice, said):
    card = release_model(run, choice).card
    for part in (*said, "4 devices moved between 3 environments for 4 rounds", "made of nothing", "## Limits"):
        assert part in card
    visits = pd.read_csv(run / "visits.csv")
    heard = visits[visits["environment"] == "home"]["heard"].sum()
    assert f"| home | speech (synthetic) | {(visits['environment'] == 'home').sum()} | {heard} |" in card


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (
            ModelChoice(),
            "has 3 arms; name one: local:finetuning, federated:exper-random, personal-head:exper-random",
        ),
        (ModelChoice("federated:gem"), 'no arm "federated:gem-random" in this run'),
        (ModelChoice("gem-random"), 'expected mode:method, for example "local:gem-random"'),
        (ModelChoice("local:finetuning"), "shares nothing, so the server has only the first model; name a device"),
        (ModelChoice("federated:exper", device=0), "in mode federated a device keeps no model of its own"),
        (ModelChoice("local:finetuning", device=4), "no device 4 in this run; known: 0 to 3"),
        (ModelChoice("local:finetuning", seed=1, device=0), "no seed 1 in this run; known: 0"),
    ],
)
def test_a_model_that_is_not_there_is_one_line(run, choice, said):
    with pytest.raises(Exception, match=said) as caught:
        release_model(run, choice)
    assert "\n" not in str(caught.value)


def test_what_was_deleted_is_missed(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "run")
    shutil.rmtree(folder / "devices" / "3")
    with pytest.raises(RunError, match="device 3 never took part in local:finetuning, seed 0"):
        release_model(folder, ModelChoice("local:finetuning", device=3))
    shutil.rmtree(folder / "checkpoints")
    with pytest.raises(RunError, match="no model of federated:exper-random, seed 0, in checkpoints/"):
        release_model(folder, ModelChoice("federated:exper"))


def test_the_command(run, tmp_path, fedser):
    code, out, err = fedser("export", run, tmp_path / "model", "--arm", "local:finetuning", "--device", 2)
    assert (code, out) == (0, f"model: {tmp_path / 'model'}\n"), err
    written = FlatParameters(export.load(tmp_path / "model").regressor).vector
    assert torch.equal(written, small_federation.own_of(run, 2, "local:finetuning", 4))
    code, _, err = fedser("export", run, tmp_path / "other", "--arm", "local:finetuning")
    assert (code, err.count("\n")) == (2, 1)
