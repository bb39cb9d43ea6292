"""Hostile devices in a federation: what they send, whom it reaches, and how their scores are kept apart."""

from functools import reduce

import numpy as np
import pytest
import torch

from fedser.metrics import Scoreboard
from fedser.protocol import Arm
from fedser.results.moving.hostile import hostile_alone, without_hostile
from simulations.moving.adversary_results import adversary_record
from simulations.moving.federation import updates_folder
from simulations.moving.update_files import UpdateFiles
from tests.simulations.moving.small_federation import files_of, model_of, run, table, weights_hash

ARM = "federated:exper-random"
HOSTILE = {"adversary": {"share": 0.25}}
KEPT = {"audit": {"record_updates": True}}


def updates(folder, round=1, arm=ARM):
    found, _ = UpdateFiles(updates_folder(folder, 0, Arm.parse_shared(arm)), 0.0).read(round)
    return [found[f"update/{device}"].double() for device in range(4)]


@pytest.mark.parametrize(("kind", "times"), [("sign-flip", -1.0), ("scaling", 10.0)])
def test_one_device_sends_something_else_and_no_other(tmp_path, kind, times):
    """Until the shared models differ, honest devices send the same bytes as where nobody is hostile."""
    run(tmp_path / "clean", arms=[ARM], rounds=1, **KEPT)
    chosen = run(tmp_path / "run", arms=[ARM], rounds=1, adversary={"share": 0.25, "kind": kind}, **KEPT)
    (hostile,) = adversary_record(tmp_path / "run", chosen)["adversary"]["devices"]["0"]
    for device, (clean, found) in enumerate(
        zip(updates(tmp_path / "clean"), updates(tmp_path / "run"), strict=True)
    ):
        if device == hostile:
            assert (found - times * clean).abs().max() < 1e-5
            assert clean.norm() > 1e-2
        else:
            assert torch.equal(found, clean)


def test_labels_turned_round_make_another_update(tmp_path):
    run(tmp_path / "clean", arms=[ARM], rounds=1, **KEPT)
    chosen = run(tmp_path / "run", arms=[ARM], rounds=1, adversary={"share": 0.25, "kind": "label-flip"}, **KEPT)
    (hostile,) = adversary_record(tmp_path / "run", chosen)["adversary"]["devices"]["0"]
    same = [
        torch.equal(*pair) for pair in zip(updates(tmp_path / "clean"), updates(tmp_path / "run"), strict=True)
    ]
    assert same == [device != hostile for device in range(4)]


def test_a_backdoor_waits_for_a_memory_of_another_place(tmp_path):
    """In the first round of the staggered schedule nobody has been elsewhere: nothing is planted."""
    run(tmp_path / "clean", arms=[ARM], rounds=2, **KEPT)
    run(tmp_path / "run", arms=[ARM], rounds=2, adversary={"share": 0.25, "kind": "backdoor"}, **KEPT)
    same = [
        sum(map(torch.equal, updates(tmp_path / "clean", round), updates(tmp_path / "run", round)))
        for round in (1, 2)
    ]
    assert same == [4, 3]


def test_the_same_bytes_for_any_number_of_workers(tmp_path):
    for workers in (1, 2):
        run(tmp_path / str(workers), workers, arms=[ARM], rounds=2, **HOSTILE)
    assert weights_hash(tmp_path / "1") == weights_hash(tmp_path / "2")
    assert (tmp_path / "1" / "scores.csv").read_bytes() == (tmp_path / "2" / "scores.csv").read_bytes()


def test_a_median_is_moved_less_than_a_mean(tmp_path):
    arms = [f"{ARM}@fedavg", f"{ARM}@fedmedian", f"{ARM}@norm-bound"]
    options = {"arms": arms, "rounds": 1, "aggregation": {"weights": "uniform"}}
    run(tmp_path / "clean", **options)
    run(tmp_path / "run", adversary={"share": 0.25, "kind": "scaling"}, scaling={"factor": 100.0}, **options)
    moved = [(model_of(tmp_path / "run", arm) - model_of(tmp_path / "clean", arm)).norm().item() for arm in arms]
    assert moved[0] > 10 * max(moved[1:]) > 0


def test_pooled_scores_are_those_of_honest_devices(tmp_path):
    chosen = run(tmp_path / "run", arms=["local:finetuning"], rounds=1, **HOSTILE)
    told = adversary_record(tmp_path / "run", chosen)["adversary"]
    assert told["success"] == []  # nothing is shared
    record, board = (
        files_of(tmp_path / "run", "local:finetuning").read_records()[1],
        Scoreboard(tuple(chosen.metrics)),
    )
    scores = table(tmp_path / "run", "scores.csv")
    found = scores[scores["device"] == "all"].set_index(["environment", "target", "metric"])["value"].astype(float)
    place, target = chosen.environments[0].name, "activation"

    def pooled(left_out):
        parts = [e["held_out"][f"{place}/{target}"] for e in record["devices"] if e["device"] not in left_out]
        return board.values(reduce(board.pooled, parts))["ccc"]

    assert found[place, target, "ccc"] == pooled(told["devices"]["0"]) != pooled([])


def test_scores_of_hostile_devices_are_taken_out_of_all_measures():
    record = {"adversary": {"devices": {"0": [2], "4": [0, 1]}}}
    R = np.arange(2 * 3 * 2 * 1, dtype=float).reshape(2, 3, 2, 1)
    honest, hostile = without_hostile(R, record, (0, 4)), hostile_alone(R, record, (0, 4))
    assert np.isnan(honest[0, 2]).all()
    assert np.isnan(honest[1, :2]).all()
    assert np.isnan(honest).sum() == 3 * 2
    assert np.array_equal(np.where(np.isnan(honest), hostile, honest), R)
    assert np.array_equal(without_hostile(R, {}, (0, 4)), R)
