"""A stage is known by all that it depends on: change anything, and it is another."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fedser.memory import MemoryOptions
from fedser.model import ModelOptions
from fedser.protocol.arms import Arm
from fedser.protocol.stage_files import StageRecord
from fedser.protocol.stage_pool import SharedStages
from fedser.strategies.gem import Gem
from fedser.training import UpdateOptions
from tests.protocol.test_updates import environment, quiet, run_of


def pooled(folder, pool, arms=("gem",), **changes):
    return replace(run_of(folder, list(arms), UpdateOptions()), shared=SharedStages(pool), **changes)


def count(pool):
    return len(list(pool.glob("*/*/stage.safetensors")))


def test_the_same_run_elsewhere_trains_nothing_and_comes_to_the_same(tmp_path):
    def refuse(*_):
        raise AssertionError("trained again")

    first = pooled(tmp_path / "0", tmp_path / "pool").learn_arm(Arm.parse("gem"), quiet)
    known = count(tmp_path / "pool")
    again = pooled(tmp_path / "1", tmp_path / "pool", data="another run").learn_arm(Arm.parse("gem"), refuse)
    alone = run_of(tmp_path / "2", ["gem"], UpdateOptions()).learn_arm(Arm.parse("gem"), quiet)
    assert count(tmp_path / "pool") == known == len(first)
    for one, other, third in zip(first, again, alone, strict=True):
        assert torch.equal(one.parameters, other.parameters)
        assert torch.equal(one.parameters, third.parameters)
        assert one.record == other.record
        assert {**one.record, "seconds": 0} == {**third.record, "seconds": 0}


CHANGES = {
    "seed": lambda run: {"seed": run.seed + 1},
    "model": lambda run: {"model_options": ModelOptions(width=7)},
    "training": lambda run: {"training": run.training.model_copy(update={"patience": 9})},
    "an environment's labels": lambda run: {
        "environments": [_relabelled(run.environments[0]), *run.environments[1:]]
    },
    "what it is scored on": lambda run: {"environments": [*run.environments[:-1], environment("C", 9)]},
}


@pytest.mark.parametrize("changed", CHANGES)
def test_whatever_the_first_stage_depends_on_makes_another(changed, tmp_path):
    run = pooled(tmp_path / "0", tmp_path / "pool")
    run.learn_first(quiet)
    other = pooled(tmp_path / "1", tmp_path / "pool", **CHANGES[changed](run))
    other.learn_first(quiet)
    assert count(tmp_path / "pool") == 2


def test_a_memory_or_a_method_changes_its_own_stages_alone(tmp_path):
    pool = tmp_path / "pool"
    stages = len(pooled(tmp_path / "0", pool).learn_arm(Arm.parse("gem"), quiet))
    options = {
        "memory": {"memory": MemoryOptions(capacity=4)},
        "margin": {"strategies": {"gem": Gem(margin=0.1)}},
    }
    for number, changes in enumerate(options.values(), start=1):
        pooled(tmp_path / str(number), pool, **changes).learn_arm(Arm.parse("gem"), quiet)
        assert count(pool) == stages + number * (stages - 1), "the first model is shared"


def test_a_kill_while_a_stage_is_trained_leaves_nothing_behind(tmp_path):
    class KilledError(Exception):
        pass

    def killed():
        raise KilledError

    record = StageRecord(torch.zeros(1), torch.zeros(1, dtype=torch.int64), {}, {}, {"seconds": 1.0})
    with pytest.raises(KilledError):
        SharedStages(tmp_path).once("abc", killed)
    assert SharedStages(tmp_path).once("abc", lambda: record) is record
    assert SharedStages(tmp_path).once("abc", killed).record == {"seconds": 1.0}
    assert SharedStages(tmp_path).seconds() == [1.0]


def _relabelled(place):
    labels = place.labels["train"] + np.array([[0.0, 1e-7]])
    return replace(place, labels={**place.labels, "train": labels})
