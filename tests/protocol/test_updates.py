"""The protocol with an environment that arrives in updates: kills, and what one update is."""

import dataclasses

import numpy as np
import pytest

from fedser.memory import Candidates, MemoryOptions
from fedser.model import ModelOptions
from fedser.protocol import Arm, EnvironmentData, SequentialRun
from fedser.strategies import STRATEGIES
from fedser.training import Examples, TrainingOptions, UpdateOptions
from tests.training.test_stage import examples

TRAINING = TrainingOptions(learning_rate=0.02, batch_size=4, patience=2, max_epochs=4, checkpoint_every=1)


def environment(name, seed):
    splits = {
        split: examples(n, seed + k)
        for k, (split, n) in enumerate({"train": 21, "validation": 9, "test": 9}.items())
    }
    labels = {split: part.labels.double().numpy() for split, part in splits.items()}
    ids = {split: [f"{name}-{split}-{k}" for k in range(len(part))] for split, part in splits.items()}
    n = len(ids["train"])
    speakers = np.array([f"s{k % 3}" for k in range(n)])
    found = Candidates(labels["train"][:, 0], labels["train"][:, 1], np.ones(n), speakers, speakers)
    return EnvironmentData(name, splits, labels, ids, found)


def run_of(folder, methods, updates, environments=None):
    places = environments or [environment("A", 1), environment("B", 11), environment("C", 21)]
    strategies = {name: STRATEGIES[name]() for name in methods}
    model, memory = ModelOptions(width=6), MemoryOptions(capacity=8)
    return SequentialRun(0, places, strategies, model, TRAINING, memory, folder, updates=updates)


def quiet(arm, stage, epoch):
    pass


class KilledError(Exception):
    pass


@pytest.mark.parametrize("method", ["exper", "gem", "ewc", "matched"])
def test_killed_after_every_epoch_it_comes_to_the_same_weights(tmp_path, method):
    whole = run_of(tmp_path / "whole", [method], UpdateOptions(size=5)).learn_arm(Arm.parse(method), quiet)
    kills = 0
    while True:
        told = []

        def dies(arm, stage, epoch, told=told):
            told.append(epoch)
            if len(told) > 3:
                raise KilledError

        try:
            again = run_of(tmp_path / "killed", [method], UpdateOptions(size=5)).learn_arm(Arm.parse(method), dies)
            break
        except KilledError:
            kills += 1
    assert kills > 3
    for one, other in zip(whole, again, strict=True):
        assert (one.parameters == other.parameters).all()
        for key in ("steps", "train_losses", "memories", "scores"):
            assert one.record[key] == other.record[key], key
        assert (one.seen_last == other.seen_last).all()
    assert whole[1].record["epochs"] > TRAINING.max_epochs  # those of several updates


def test_one_update_of_all_is_the_environment_at_once(tmp_path):
    """The set of utterances is the same; their order, which shuffling takes from, is not."""
    at_once = run_of(tmp_path / "0", ["finetuning"], UpdateOptions()).learn_arm(Arm.parse("finetuning"), quiet)
    one = run_of(tmp_path / "1", ["finetuning"], UpdateOptions(size=21)).learn_arm(Arm.parse("finetuning"), quiet)
    assert (at_once[0].parameters == one[0].parameters).all()
    assert (
        at_once[1].record["steps"] / at_once[1].record["epochs"]
        == one[1].record["steps"] / one[1].record["epochs"]
    )
    assert sorted(one[1].seen_last.tolist()) == list(range(21)), "each once; a memory takes the last of them"


def test_the_first_environment_and_joint_know_no_updates(tmp_path):
    small = run_of(tmp_path / "0", ["joint"], UpdateOptions(size=5)).learn_arm(Arm.parse("joint"), quiet)
    whole = run_of(tmp_path / "1", ["joint"], UpdateOptions()).learn_arm(Arm.parse("joint"), quiet)
    for one, other in zip(small, whole, strict=True):
        assert (one.parameters == other.parameters).all()


def test_a_memory_is_scored_when_its_environment_is_left_and_later(tmp_path):
    run = run_of(tmp_path, ["gem"], UpdateOptions(size=5))
    records = run.learn_arm(Arm.parse("gem"), quiet)
    (kept,) = records[1].record["memories"]
    assert len(kept["utterances"]) == 8
    assert (
        set(kept["scores"])
        == set(kept["scores_when_left"])
        == {f"{t}/{m}" for t in ("activation", "valence") for m in ("ccc", "uar")}
    )
    assert kept["scores"] != kept["scores_when_left"]
    assert kept["scores_when_left"] == records[2].record["memories"][0]["scores_when_left"]


def test_what_arrives_is_all_that_memory_may_choose_from():
    place = environment("A", 1)
    some = place.arriving(np.array([2, 5, 6]))
    assert some.utterances["train"] == ["A-train-2", "A-train-5", "A-train-6"]
    assert (some.examples["train"].labels == place.examples["train"].labels[[2, 5, 6]]).all()
    for field in dataclasses.fields(Candidates):
        assert (
            getattr(some.candidates, field.name).tolist()
            == getattr(place.candidates, field.name)[[2, 5, 6]].tolist()
        )
    assert some.examples["test"] is place.examples["test"]
    assert isinstance(some.examples["train"], Examples)
