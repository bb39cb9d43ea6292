"""As many steps for all methods: of the new utterances' passes, whatever a method passes over."""

from dataclasses import replace

import pytest
import torch

from fedser.protocol import Arm
from fedser.training import TrainingOptions, UpdateOptions
from tests.protocol.test_updates import KilledError, quiet, run_of

METHODS = ["finetuning", "matched", "exper", "gem", "er", "ewc", "gdumb", "joint"]


def matched_run(folder, updates=None, **changes):
    options = TrainingOptions(learning_rate=0.05, batch_size=4, match="steps", matched_epochs=3, **changes)
    return replace(run_of(folder, METHODS, updates or UpdateOptions()), training=options)


@pytest.mark.parametrize(
    ("updates", "steps"),
    [(UpdateOptions(), 3 * 5), (UpdateOptions(size=10), 3 * (3 + 3))],
    ids=["21 utterances, the last one alone", "10 and 10, the last one left out"],
)
def test_all_methods_take_the_same_steps(tmp_path, updates, steps):
    run = matched_run(tmp_path, updates)
    for method in METHODS:
        records = [record.record for record in run.learn_arm(Arm.parse(method), quiet)[1:]]
        assert [record["steps"] for record in records] == [steps] * 2, method
    few, many = (run.learn_arm(Arm.parse(name), quiet)[1].record["epochs"] for name in ("joint", "finetuning"))
    assert few < many == 3 * (1 if updates.size is None else 2)


def test_a_kill_changes_nothing(tmp_path):
    updates = UpdateOptions(size=10)
    whole = matched_run(tmp_path / "whole", updates).learn_arm(Arm.parse("exper"), quiet)

    def dies(arm, stage, epoch):
        if stage != "A" and not (tmp_path / f"{stage}-{epoch}").exists():
            (tmp_path / f"{stage}-{epoch}").touch()
            raise KilledError

    kills = 0
    while True:
        try:
            again = matched_run(tmp_path / "killed", updates, checkpoint_every=1).learn_arm(
                Arm.parse("exper"), dies
            )
            break
        except KilledError:
            kills += 1
    assert kills > 2
    for one, other in zip(whole, again, strict=True):
        assert torch.equal(one.parameters, other.parameters)


def test_the_weights_of_the_best_validation_loss_are_kept(tmp_path):
    run = matched_run(tmp_path)
    for record in (found.record for found in run.learn_arm(Arm.parse("finetuning"), quiet)[1:]):
        losses = record["validation_losses"]
        assert losses[record["best_epoch"] - 1] == min(losses)
