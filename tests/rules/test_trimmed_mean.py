"""A rule in one file and one line: found by its module's name, with its section, in arms, messages and results."""

import sys

import numpy as np
import pytest
import torch

from fedser import plugins
from fedser.errors import ConfigError
from fedser.rules import RULES, DeviceUpdate, RoundUpdates, RuleState
from tests.simulations.moving.small_federation import config, files_of, run, table

MODULE = {"plugins": {"modules": ["tests.rules.trimmed_mean"]}}
ARM = "federated:finetuning@trimmed-mean"


@pytest.fixture(autouse=True)
def as_before():
    """What a test registers is gone afterwards."""
    before = dict(plugins._registered["rules"])
    yield
    plugins._registered["rules"].clear()
    plugins._registered["rules"].update(before)
    sys.modules.pop("tests.rules.trimmed_mean", None)


@pytest.mark.parametrize("weighted", [False, True])
def test_it_leaves_out_the_extremes_of_every_number(weighted):
    plugins.load_modules(["tests.rules.trimmed_mean"])
    stream = np.random.default_rng(0)
    models, weights = stream.normal(size=(6, 50)).astype(np.float32), stream.integers(1, 9, 6).astype(float)
    each = zip(models, weights, strict=True)
    updates = [DeviceUpdate(device, torch.from_numpy(model), w) for device, (model, w) in enumerate(each)]
    rule = RULES["trimmed-mean"].read({"trim": 2, "weighted": weighted}, "test")
    found, _ = rule.aggregate(torch.zeros(50), RoundUpdates(1, 6, tuple(updates)), RuleState())
    order = np.argsort(models, axis=0)[2:4]
    of = (weights if weighted else np.ones(6))[order]
    expected = np.average(np.take_along_axis(models, order, axis=0), axis=0, weights=of)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_it_runs_in_two_workers_and_says_so(tmp_path):
    chosen = run(tmp_path / "run", 2, arms=[ARM, "federated:finetuning"], **MODULE)
    scores = table(tmp_path / "run", "scores.csv")
    assert set(scores["rule"]) == {"trimmed-mean", ""}
    last = scores[(scores["device"] == "server") & (scores["round"] == 4)].groupby("rule")["value"].sum()
    assert last["trimmed-mean"] != last[""]
    assert chosen.section("trimmed-mean").trim == 1
    assert chosen.used_extensions()["rules"] == ["trimmed-mean", "fedavg"]
    assert all(record["aggregated"] for record in files_of(tmp_path / "run", ARM).read_records()[1:])


def test_mistakes_are_one_line():
    with pytest.raises(ConfigError, match=r'^test \[trimmed-mean\]: unknown key "trin"; did you mean "trim"\?$'):
        config(arms=[ARM], **MODULE, **{"trimmed-mean": {"trin": 2}})
    with pytest.raises(ConfigError, match="trimmed-mean needs 5 updates a round, and at most 4 devices"):
        config(arms=[ARM], **MODULE, **{"trimmed-mean": {"trim": 2}}).check()
    with pytest.raises(ConfigError, match="trimmed-mean needs every device's own update, but secure_aggregation"):
        config(arms=[ARM], **MODULE, privacy={"secure_aggregation": True, "weight_bound": 9}).check()
