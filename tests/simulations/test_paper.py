"""The main job end to end on a tiny experiment: results, determinism, kill and resume."""

import json
import random
import signal
import time

import pandas as pd

PATIENCE_S = 300
"""Longer than any machine takes; what hangs fails."""

CSVS = ("scores.csv", "curves.csv", "predictions.csv", "utterances.csv", "dropped.csv", "splits.csv")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in CSVS}


def test_a_run_folder_holds_everything(reference):
    present = {path.name for path in reference.iterdir()}
    assert {*CSVS, "config.toml", "run.json", "costs.csv", "report.html", "checkpoints"} <= present
    assert {"tables.txt", "tables.md", "tables.tex"} <= present
    record = json.loads((reference / "run.json").read_text())
    assert record["environments"] == ["home", "office", "street"]
    assert record["seeds"] == [0, 1]
    assert "gem.margin = 0.5" in record["defaults"]
    assert not any(line.startswith("model.width") for line in record["defaults"])  # the config sets it


def test_scores_are_complete_and_the_first_stage_is_shared(reference):
    scores = pd.read_csv(reference / "scores.csv", keep_default_na=False)
    assert scores["stage"].unique().tolist() == ["home", "home+office", "home+office+street"]
    assert len(scores) == 2 * 4 * 3 * 3 * 2 * 2 * 2  # seeds, arms, stages, environments, splits, targets, metrics
    first = scores[scores["stage"] == "home"].drop(columns=["method", "memory"])
    keys = [column for column in first.columns if column != "value"]
    assert (first.groupby(keys)["value"].nunique() == 1).all()
    later = scores[scores["stage"] != "home"].groupby(["method", "memory"])["value"].apply(tuple)
    assert later.nunique() == 4


def test_no_speaker_is_in_two_splits(reference):
    table = pd.read_csv(reference / "utterances.csv")
    assert (table.groupby(["environment", "speaker"])["split"].nunique() == 1).all()
    assert (table.groupby("environment")["split"].nunique() == 3).all()


def test_each_seed_divides_the_speakers_and_is_scored_on_those_it_tests(reference):
    from fedser.metrics import ccc
    from fedser.protocol.stage_files import read_record
    from fedser.results.divided import utterances_of
    from fedser.results.one_device import read_run

    run = read_run(reference)
    assert set(run.splits["seed"]) == {0, 1}
    divisions = [utterances_of(run, seed) for seed in (0, 1)]
    pd.testing.assert_frame_equal(divisions[0], run.utterances)
    assert not divisions[0]["split"].equals(divisions[1]["split"])
    for seed, heard in enumerate(divisions):
        assert (heard.groupby(["environment", "speaker"])["split"].nunique() == 1).all()
        path = reference / "checkpoints" / f"seed-{seed}" / "first_environment" / "stage-1.safetensors"
        told = read_record(path)
        for place, name in enumerate(run.environments):
            tested = heard[(heard["environment"] == name) & (heard["split"] == "test")]
            score = ccc(told.predictions[name].numpy()[:, 0], tested["activation"])
            assert score == run.R(run.arms[0], "activation", "ccc")[seed, 0, place]


def test_costs_say_what_passes_through_the_model(reference):
    costs = pd.read_csv(reference / "costs.csv", keep_default_na=False, na_values={"trigger_rate": [""]})
    last = costs[costs["stage"] == "home+office+street"].groupby("method").first()
    assert last.loc["finetuning", "rows_per_step"] == 8
    assert last.loc["exper", "rows_per_step"] == 8
    assert last.loc["gem", "rows_per_step"] == 8 + 2 * 9
    passes = last["passes_per_utterance"] * last["utterances"]
    for method in ("finetuning", "gem"):  # every batch is of 8, but for an epoch's last
        of, whole = last.loc[method], last.loc[method, "rows_per_step"]
        assert whole * (of["steps"] - of["epochs"]) < passes[method] <= whole * of["steps"]
    assert len(set(last["utterances"])) == 1
    assert 0 <= last.loc["gem", "trigger_rate"] <= 1
    assert last["trigger_rate"].isna().tolist() == [method != "gem" for method in last.index]


def test_memories_are_utterances_of_their_environment(reference):
    from fedser.protocol.stage_files import read_record

    record = read_record(reference / "checkpoints" / "seed-0" / "gem-speaker" / "stage-3.safetensors").record
    table = pd.read_csv(reference / "utterances.csv").set_index("utterance")
    for memory, place in zip(record["memories"], ("home", "office"), strict=True):
        rows = table[table["environment"] == place].loc[memory["utterances"]]
        assert len(set(memory["utterances"])) == 9
        assert (rows["split"] == "train").all()
        assert rows["speaker"].nunique() >= 5


def test_two_processes_give_the_same_bytes(tiny, reference, tmp_path, fedser):
    code, out, _ = fedser(*tiny.command(tmp_path / "run", "--workers", 2))
    assert code == 0
    assert contents(tmp_path / "run") == contents(reference)
    assert "Table 2" in out
    assert "report.html" in out


LONGER = (
    *("--set", "training.max_epochs=30", "--set", "training.patience=30"),
    *("--set", "model.width=64", "--seeds", "2"),
)
"""Training that takes long enough for the kills."""


def test_kills_and_a_resume_give_the_same_bytes(tiny, tmp_path, start, fedser):
    began = time.monotonic()
    assert fedser(*tiny.command(tmp_path / "whole", "--workers", 1, *LONGER))[0] == 0
    longest_pause_s = (time.monotonic() - began) / 40  # of this machine, so that every kill finds it unfinished
    moments = random.Random(5)
    for kill in range(2):
        process = start(*tiny.command(tmp_path / "run", "--workers", 1 + kill % 2, *LONGER))
        # Wait until training is under way, so that the kills hit different stages and not only imports.
        deadline = time.monotonic() + PATIENCE_S
        stages = len(list(tmp_path.glob("run/checkpoints/seed-*/*/*")))
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(tmp_path.glob("run/checkpoints/seed-*/*/*"))) != stages:
                break
            time.sleep(0.01)
        time.sleep(moments.uniform(0, longest_pause_s))
        assert process.poll() is None, f"ended after {kill} kills: {process.stderr.read()}"
        process.kill()
        process.wait()
    assert not (tmp_path / "run" / "scores.csv").exists()
    assert fedser(*tiny.command(tmp_path / "run", "--workers", 1, *LONGER))[0] == 0
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")


def test_ctrl_c_ends_at_once_and_says_how_to_go_on(tiny, tmp_path, start):
    # So slow that a worker's job would take minutes.
    slow = ("--set", "training.max_epochs=100000", "--set", "training.patience=100000", "--set", "model.width=512")
    process = start(*tiny.command(tmp_path / "run", "--workers", 2, *slow))
    deadline = time.monotonic() + PATIENCE_S
    while not list(tmp_path.glob("run/checkpoints/seed-*/*/*")):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert err.strip().splitlines()[-1] == "fedser: stopped; the same command with --run FOLDER resumes the run"
    assert "Traceback" not in err


def test_a_finished_run_is_only_reported_again(tiny, reference, fedser):
    before = (reference / "run.json").read_bytes()
    code, out, _ = fedser(*tiny.command(reference))
    assert code == 0
    assert "Table 2" in out
    assert (reference / "run.json").read_bytes() == before


def test_seeds_and_set_change_the_configuration(tiny, tmp_path, fedser):
    arguments = ("--seeds", 1, "--set", 'arms=["finetuning"]', "--set", "training.max_epochs=1", "--workers", 1)
    code, _, _ = fedser(*tiny.command(tmp_path / "run", *arguments))
    assert code == 0
    scores = pd.read_csv(tmp_path / "run" / "scores.csv", keep_default_na=False)
    assert scores["seed"].unique().tolist() == [0]
    assert scores["method"].unique().tolist() == ["finetuning"]
