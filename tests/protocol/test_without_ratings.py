"""An environment without labels in the protocol: what is read, what is kept, and kills."""

from dataclasses import replace

import pytest

from fedser.model import Examples
from fedser.protocol import Arm, EnvironmentData
from fedser.strategies import STRATEGIES
from fedser.training import UpdateOptions
from tests.protocol.test_updates import TRAINING, KilledError, environment, quiet, run_of

METHODS = [name for name in STRATEGIES if STRATEGIES[name].without_ratings]


def places(flip=False):
    """A rated, B not, C rated; B's labels turned round or not before they are taken away."""
    found = [environment("A", 1), environment("B", 11), environment("C", 21)]
    if flip:
        b = found[1]
        labels = {split: -values for split, values in b.labels.items()}
        parts = {k: Examples(v.acoustic, v.lexical, -v.labels) for k, v in b.examples.items()}
        candidates = replace(b.candidates, activation=-b.candidates.activation, valence=-b.candidates.valence)
        found[1] = EnvironmentData(b.name, parts, labels, b.utterances, candidates)
    found[1] = found[1].without_labels()
    return found


def learn(folder, method, updates=None, flip=False, watch=quiet):
    run = run_of(folder, [method], updates or UpdateOptions(), places(flip))
    run = replace(run, training=TRAINING.model_copy(update={"unlabelled_epochs": 3}))
    return run.learn_arm(Arm.parse(method), watch)


@pytest.mark.parametrize("method", [*METHODS, "finetuning", "exper", "ewc", "joint"])
def test_its_labels_are_never_read(tmp_path, method):
    """Turned round, they change nothing: not even when training on them stops."""
    one, other = (learn(tmp_path / str(flip), method, flip=flip) for flip in (False, True))
    for k in range(3):
        assert (one[k].parameters == other[k].parameters).all()
        assert one[k].record["train_losses"] == other[k].record["train_losses"]
        assert one[k].record["validation_losses"] == other[k].record["validation_losses"]
    moved = bool((one[1].parameters != one[0].parameters).any())
    assert moved == (method not in ("finetuning", "ewc"))
    if method != "joint":
        assert (one[1].record["epochs"], one[1].record["validation_losses"]) == (3, [None] * 3)


@pytest.mark.parametrize("method", ["exper", "subspace-gem"])
def test_no_memory_is_kept_of_it(tmp_path, method):
    last = learn(tmp_path, method)[2].record
    assert [memory["environment"] for memory in last["memories"]] == ["A"]


@pytest.mark.parametrize("method", METHODS)
def test_killed_after_every_epoch_it_comes_to_the_same_weights(tmp_path, method):
    whole = learn(tmp_path / "whole", method, UpdateOptions(size=10))
    kills = 0
    while True:
        told = []

        def dies(arm, stage, epoch, told=told):
            told.append(epoch)
            if len(told) > 4:
                raise KilledError

        try:
            again = learn(tmp_path / "killed", method, UpdateOptions(size=10), watch=dies)
            break
        except KilledError:
            kills += 1
    assert kills > 2
    for one, other in zip(whole, again, strict=True):
        assert (one.parameters == other.parameters).all()
        assert one.record["scores"] == other.record["scores"]
        assert {k: v.tolist() for k, v in one.strategy.items()} == {
            k: v.tolist() for k, v in other.strategy.items()
        }
