"""One device through Flower is the sequential protocol, bit for bit."""

import numpy as np
import pytest
import torch

from fedser.config import load
from fedser.memory import MemoryOptions
from fedser.protocol import Arm, EnvironmentData, SequentialRun
from fedser.strategies import STRATEGIES
from simulations.moving.config import MovingConfig
from tests.device.small_world import PLACES
from tests.simulations.moving.small_federation import files_of, model_of, run, table

ARMS = ["finetuning", "exper", "exper-length", "exper-gender", "gem", "gem-speaker", "agem"]
ARMS += ["gem0", "er", "derpp-speaker", "ewc", "si", "lwf", "gdumb", "gdumb-speaker"]
ARMS += ["user-derpp", "user-watcher"]
CAPACITY = 9

ONE_DEVICE = {
    "arms": [f"federated:{arm}" for arm in ARMS],
    "rounds": 3,
    "devices": {"count": 1, "owner": "mixed"},
    "stream": {"per_round": None},
    "adaptation": {"epochs": None, "early_stopping": True},
    "memory": {"capacity": CAPACITY},
    "training": {"max_epochs": 12, "patience": 3},
    "schedule": {"stagger": None},
    "seeds": 2,
    "plugins": {"modules": ["tests.strategies.user_methods"]},
    "ewc": {"strength": 1.0},
}


def sequential(chosen, conditions, seed, folder):
    environments = [
        EnvironmentData(name, c.examples, c.labels, c.utterances, c.candidates)
        for name, c in zip(PLACES, conditions, strict=True)
    ]
    strategies = {name: chosen.section(name) or kind() for name, kind in STRATEGIES.items()}
    memory = MemoryOptions(capacity=chosen.memory.capacity, outer_share=chosen.memory.outer_share)
    return SequentialRun(seed, environments, strategies, chosen.model, chosen.training, memory, folder)


@pytest.fixture(scope="module")
def one_device(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one-device") / "run"
    chosen = run(folder, **ONE_DEVICE)
    conditions = [EnvironmentData.read(folder / "data" / str(k)) for k in range(3)]
    protocols = {seed: sequential(chosen, conditions, seed, folder.parent / "sequential") for seed in range(2)}
    return folder, protocols


def ignore(*_):
    pass


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("arm", ARMS)
def test_weights_and_scores_are_those_of_the_sequential_protocol(one_device, arm, seed):
    folder, protocols = one_device
    records = protocols[seed].learn_arm(Arm.parse(arm), ignore)
    assert torch.equal(model_of(folder, f"federated:{arm}", seed), records[-1].parameters)

    first = 2 if arm.startswith("gdumb") else 1  # the protocol gives it the first model that all arms share
    expected = {
        (stage, *row[:1], *row[2:4]): row[4]
        for stage, record in enumerate(records, start=1)
        for row in record.record["scores"]
        if row[1] == "test" and stage >= first
    }
    scores = table(folder, "scores.csv")
    parsed = Arm.parse(arm)
    mine = scores[
        (scores["seed"] == seed) & (scores["method"] == parsed.method) & (scores["memory"] == parsed.memory)
    ]
    for device in ("server", "0", "all"):
        rows = mine[(mine["device"] == device) & (mine["round"] >= first)]
        columns = ["round", "environment", "target", "metric"]
        found = {tuple(key): value for *key, value in rows[[*columns, "value"]].itertuples(index=False)}
        assert found == expected, device


def test_the_arms_differ_and_memory_was_in_use(one_device):
    folder, _ = one_device
    weights = [model_of(folder, f"federated:{arm}").numpy().tobytes() for arm in ARMS]
    assert len(set(weights)) == len(ARMS) - 1
    assert weights[ARMS.index("user-watcher")] == weights[ARMS.index("finetuning")]  # it looks on
    costs = table(folder, "costs.csv")
    assert costs[(costs["method"] == "gem") & (costs["round"] > 1)]["altered"].sum() > 0
    assert (costs["outcome"] == "trained").all()


def test_the_shipped_configuration_asks_for_the_same(one_device):
    from pathlib import Path

    shipped = load(Path(__file__).parents[3] / "configs" / "single_device.toml", MovingConfig)
    assert (shipped.devices.count, shipped.devices.owner) == (1, "mixed")
    assert shipped.stream.per_round is None
    assert shipped.adaptation.early_stopping
    assert shipped.server.speakers == 0
    assert shipped.aggregation.rule == "fedavg"


def test_steps_and_constraint_changes_are_counted_alike(one_device):
    folder, protocols = one_device
    for arm in ("finetuning", "gem"):
        records = protocols[0].learn_arm(Arm.parse(arm), ignore)
        told = [r["devices"][0] for r in files_of(folder, f"federated:{arm}").read_records()[1:]]
        assert [entry["steps"] for entry in told] == [record.record["steps"] for record in records]
        assert [entry["altered"] for entry in told] == [record.record["altered"] for record in records]
    assert np.isfinite([entry["flops"] for entry in told]).all()
