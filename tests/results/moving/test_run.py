"""A moving-devices run folder, read and checked."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from fedser.errors import RunError
from fedser.protocol.arms import Arm
from fedser.results.moving import read_moving_run
from fedser.results.moving.tables.outcomes import outcome_table
from fedser.results.numerals import NONE
from tests.results.moving.commuters import ARMS, write_commute
from tests.results.rehearsal import ALL_ARMS, write_run


def test_arms_are_named_for_readers_and_for_folders():
    arm = Arm("exper", "random", "federated")
    assert (arm.label, arm.name, arm.folder) == (
        "Federated ExpeR-random",
        "federated:exper-random",
        "federated-exper-random",
    )
    assert arm.without_memory == Arm("finetuning", "none", "federated")
    assert arm.alone == Arm("exper", "random", "local")
    assert Arm("finetuning", "none", "personal-head").label == "Personal-head Finetuning"
    assert [arm.shares for arm in ARMS] == [False] * 3 + [True] * 3


def test_every_row_is_in_its_place(run):
    checked = 0
    for row in run.scores.sample(400, random_state=1).itertuples():
        key = (Arm(row.method, row.memory, row.mode), row.target, row.metric)
        seed, place = run.seeds.index(row.seed), run.environments.index(row.environment)
        if row.device == "server":
            found = run.server(*key)[seed, row.round, place]
        elif row.device == "all":
            found = run.pooled(*key)[seed, row.round, place]
        else:
            found = run.R(*key)[seed, int(row.device), row.round - 1, place]
        assert found == row.value
        checked += 1
    assert checked == 400
    scored = sum(np.isfinite(run.R(arm, "valence", "uar")).sum() for arm in run.arms)
    rows = run.scores[(run.scores["target"] == "valence") & (run.scores["metric"] == "uar")]
    assert scored == (~rows["device"].isin(["server", "all"])).sum()


def test_visits_say_where_everyone_was(run):
    for row in run.visits.sample(60, random_state=1).itertuples():
        where = (run.seeds.index(row.seed), row.device, row.round - 1)
        assert run.environments[run.places[where]] == row.environment
        assert run.available[where] == bool(row.available)
    assert run.places.shape == (3, 8, 10)
    assert (run.places >= 0).all()


def test_without_sharing_the_server_has_the_start_only(run):
    local, shared = run.server(ARMS[0], "activation", "ccc"), run.server(ARMS[3], "activation", "ccc")
    assert np.isfinite(local[:, 0]).all()
    assert np.isnan(local[:, 1:]).all()
    assert np.isfinite(shared).all()


def test_a_row_of_the_global_model_on_a_device_is_not_its_own(commute, tmp_path):
    folder = shutil.copytree(commute, tmp_path / "run")
    lines = (folder / "scores.csv").read_text().splitlines()
    device = next(line for line in lines[1:] if ",personal," in line and ",all," not in line)
    fields = device.split(",")
    fields[7], fields[-1] = "global", "0.99"
    (folder / "scores.csv").write_text("\n".join([*lines, ",".join(fields)]) + "\n")
    assert 0.99 not in read_moving_run(folder).R(ARMS[0], "activation", "ccc")


def test_a_run_of_another_kind_is_refused(tmp_path):
    sequential = write_run(tmp_path / "run", environments=["P", "M"], seeds=[0], arms=ALL_ARMS[:2])
    with pytest.raises(RunError, match=r'"kind" is "one-device", expected "moving"$'):
        read_moving_run(sequential)


def edit_record(folder, **changes):
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


ONE_ARM = {"arm": "federated:exper", "noise_multiplier": 1.0, "sampling_rate": 1.0, "rounds": 1, "epsilon": 2.0}
SPENT = {"mechanism": "central", "delta": 0.01, "clip": 0.5, "sampling": "known"}


@pytest.mark.parametrize(
    ("privacy", "lacking"),
    [
        (SPENT | {"arms": [ONE_ARM]}, 'without "unit"'),
        (SPENT | {"unit": "device", "published_together": {}, "arms": [ONE_ARM]}, 'without "epsilon_device"'),
        (SPENT | {"arms": {"federated:exper": 2.0}}, "in another form"),
        ("central", "in another form"),
    ],
)
def test_what_an_earlier_version_wrote_of_privacy_is_said_in_a_line(tmp_path, privacy, lacking):
    folder = write_commute(tmp_path / "run", arms=ARMS[:1], seeds=[0], devices=2, rounds=2)
    edit_record(folder, privacy=privacy, fedser="0.1.0", git_commit="abc")
    with pytest.raises(
        RunError, match=rf'"privacy" is {lacking}.*version 0\.1\.0, commit abc.* run its config'
    ) as said:
        read_moving_run(folder)
    assert "\n" not in str(said.value)
    edit_record(folder, privacy={"mechanism": "none"})
    assert read_moving_run(folder).devices == 2


def edit_line(folder, name, line, change):
    lines = (folder / name).read_text().splitlines()
    lines[line - 1] = change(lines[line - 1])
    (folder / name).write_text("\n".join(lines) + "\n")


def without_start(folder):
    lines = (folder / "scores.csv").read_text().splitlines()
    kept = [line for line in lines if ",0,server," not in line or not line.startswith("1,federated,gem")]
    assert len(kept) < len(lines)
    (folder / "scores.csv").write_text("\n".join(kept) + "\n")


def without_one_score(folder):
    lines = (folder / "scores.csv").read_text().splitlines()
    gone = next(
        n for n, line in enumerate(lines) if ",personal,home,test,activation,ccc," in line and ",all," not in line
    )
    (folder / "scores.csv").write_text("\n".join(lines[:gone] + lines[gone + 1 :]) + "\n")


def twice(folder, name):
    with (folder / name).open("a") as file:
        file.write((folder / name).read_text().splitlines()[1] + "\n")


BROKEN = {
    "not finished": (lambda f: edit_record(f, finished=None), "not finished"),
    "no arms": (lambda f: edit_record(f, arms=[]), '"arms" must be a list of arms'),
    "a strange mode": (
        lambda f: edit_record(f, arms=[{"mode": "central", "method": "gem", "memory": "random"}]),
        r'"arms" holds .* expected "mode" \(local, federated, personal-head, personal-norm, fedrep, '
        r"ditto, federated-ft\)",
    ),
    "an arm twice": (
        lambda f: edit_record(f, arms=[{"mode": "local", "method": "gem", "memory": "random"}] * 2),
        "holds an arm twice",
    ),
    "no devices": (lambda f: edit_record(f, devices=0), '"devices" must be a whole number ≥ 1, got 0'),
    "half a round": (lambda f: edit_record(f, rounds=1.5), '"rounds" must be a whole number'),
    "fewer devices": (lambda f: edit_record(f, devices=2), r"device is \d, expected 0 to 1"),
    "fewer rounds": (lambda f: edit_record(f, rounds=3), "round is 4, expected 0 to 3"),
    "an arm less": (
        lambda f: edit_record(f, arms=[{"mode": "local", "method": "finetuning", "memory": "none"}]),
        r"line \d+: Local ExpeR-random is no arm of the run",
    ),
    "no file": (lambda f: (f / "prequential.csv").unlink(), "prequential.csv: no such file"),
    "no config": (lambda f: (f / "config.toml").unlink(), "config.toml: no such file"),
    "a strange outcome": (
        lambda f: edit_line(
            f, "costs.csv", 2, lambda line: line.replace("trained", "napped").replace("late", "napped")
        ),
        'line 2: outcome is "napped"',
    ),
    "half available": (
        lambda f: edit_line(f, "visits.csv", 2, lambda line: ",".join([*line.split(",")[:5], "2,6,5"])),
        'available is "2"',
    ),
    "a word for a number": (
        lambda f: edit_line(f, "scores.csv", 2, lambda line: line.rsplit(",", 1)[0] + ",high"),
        'line 2: value is "high", expected a number',
    ),
    "a row twice": (lambda f: twice(f, "scores.csv"), "says the same thing as a line before it"),
    "a cost twice": (lambda f: twice(f, "costs.csv"), "costs.csv: line .* says the same thing"),
    "no start": (without_start, "no score of Federated GEM-random in round 0 of seed 1"),
    "a score less": (without_one_score, "a round must be scored on every environment or on none"),
    "nowhere": (
        lambda f: (f / "visits.csv").write_text((f / "visits.csv").read_text().splitlines()[0] + "\n"),
        "a device took part in a round in which it was nowhere",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_folder_is_told_in_one_line(commute, tmp_path, name):
    change, said = BROKEN[name]
    folder = shutil.copytree(commute, tmp_path / "run")
    change(folder)
    with pytest.raises(RunError, match=said) as caught:
        read_moving_run(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_thousand_devices_of_which_few_take_part(tmp_path):
    folder = write_commute(tmp_path / "run", arms=ARMS[:1], seeds=[0], devices=1000, rounds=4, participation=0.02)
    run = read_moving_run(folder)
    took_part = np.isfinite(run.R(ARMS[0], "activation", "ccc")).all(axis=3).any(axis=2)
    measures = run.measures[ARMS[0], "activation", "ccc"]
    assert 0 < took_part.sum() < 150
    assert (np.isfinite(measures.by_device["average"]) == took_part).all()


def test_a_run_that_follows_some_devices_measures_the_same(run):
    asked = run.costs[["seed", "device", "round"]].drop_duplicates()
    known = run.visits.merge(asked, "left", indicator=True)["_merge"].eq("both").to_numpy()
    partial = replace(run, visits=run.visits[known | run.visits["device"].isin([0, 5])])
    assert len(partial.visits) < len(run.visits)
    assert partial.followed.tolist() == [0, 5]
    assert run.followed.tolist() == list(range(run.devices))
    for key, measures in run.measures.items():
        for name, values in measures.by_seed.items():
            np.testing.assert_array_equal(partial.measures[key].by_seed[name], values)
    assert partial.followed_visits.equals(run.visits[run.visits["device"].isin([0, 5])])
    available = [[row[1] for row in outcome_table(one).rows()] for one in (run, partial)]
    assert set(available[0]) == {str(run.available.sum())}
    assert set(available[1]) == {NONE}
