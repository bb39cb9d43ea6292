"""Methods beyond the paper, a user's own among them: in every table, resumed after kills, helpful mistakes."""

import json
import signal
import time

import pandas as pd
import pytest

from tests.simulations.test_paper import PATIENCE_S, contents

ARMS = ["finetuning", "agem", "user-ewc", "user-derpp-speaker", "user-lwf", "user-watcher"]
ARMS += ["gem0", "er", "derpp", "ewc", "si", "lwf", "gdumb-speaker"]
CHOSEN = (
    *("--set", 'plugins.modules=["tests.strategies.user_methods"]', "--set", f"arms={json.dumps(ARMS)}"),
    *("--set", "user-ewc.strength=2.0", "--set", "agem.sample=12", "--set", "training.learning_rate=0.02"),
)


@pytest.fixture(scope="module")
def whole(tiny, tmp_path_factory, cache_folder):
    from fedser.config import load
    from simulations.one_device.config import PaperConfig
    from simulations.one_device.run import RunContext, run_paper
    from simulations.sources import Sources

    folder = tmp_path_factory.mktemp("methods") / "run"
    run_paper(load(tiny.config, PaperConfig, CHOSEN[1::2]), RunContext(folder, Sources(tiny.data), workers=1))
    return folder


def test_they_are_in_scores_tables_report_and_record(whole):
    scores = pd.read_csv(whole / "scores.csv", keep_default_na=False)
    assert scores["method"].unique().tolist() == [
        "finetuning",
        "agem",
        "user-ewc",
        "user-derpp",
        "user-lwf",
        "user-watcher",
        *("gem0", "er", "derpp", "ewc", "si", "lwf", "gdumb"),
    ]
    tables, report = ((whole / name).read_text() for name in ("tables.txt", "report.html"))
    for title in (
        "A-GEM-random",
        "EWC",
        "DER++-speaker",
        "LwF",
        "GEM (margin 0)-random",
        "ER-random",
        "SI",
        "GDumb-speaker",
    ):
        assert title in tables
        assert title in report
    assert "(A-GEM: projected, GEM (margin 0): projected)" in " ".join(tables.split())
    assert "replays memories with the outputs it gave when it stored them." in report
    record = json.loads((whole / "run.json").read_text())
    assert "user-ewc.decay = 0.9" in record["defaults"]
    assert "agem.memory_mode = train" in record["defaults"]
    assert not any(line.startswith("user-ewc.strength") for line in record["defaults"])
    sources = {entry["name"]: entry["source"] for entry in record["extensions"] if entry["group"] == "strategies"}
    assert sources["agem"] == "fedser"
    assert sources["user-ewc"] == "tests.strategies.user_methods"


def test_what_they_keep_is_counted(whole):
    costs = pd.read_csv(whole / "costs.csv", keep_default_na=False)
    last = costs[costs["stage"] == costs["stage"].iloc[-1]].groupby("method").first()["memory_bytes"]
    utterance = last["agem"] / (2 * 9)  # two memories of nine
    assert utterance == int(utterance)
    assert last["user-derpp"] == 2 * 9 * (utterance + 8)  # and two outputs each
    parameters = last["user-lwf"] / 2  # the teacher, and the model so far
    assert (
        last["user-ewc"] == 4 * parameters + 8
    )  # centre, its weights, sum of squares, model so far; their number
    assert last["finetuning"] == 0
    assert last[["er", "gem0"]].tolist() == [2 * 9 * utterance] * 2
    assert last["gdumb"] == 3 * 9 * utterance  # it learns the present place from a memory as well
    assert last["derpp"] == last["user-derpp"]
    assert last["ewc"] == last["user-ewc"]
    assert last["lwf"] == last["user-lwf"]
    assert last["si"] == 5 * parameters  # centre, its weights, path, displacement, model so far


def test_two_processes_and_a_kill_give_the_same_bytes(tiny, whole, tmp_path, start):
    run = tmp_path / "run"
    command = [*tiny.command(run, "--workers", 2), *CHOSEN]
    process = start(*command)
    deadline = time.monotonic() + PATIENCE_S
    while not list(run.glob("checkpoints/seed-*/*/stage-*")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process = start(*command)
    assert process.wait(PATIENCE_S) == 0, process.stderr.read()
    assert contents(run) == contents(whole)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["user-ewc.strenght=2.0"], '[user-ewc]: unknown key "strenght"; did you mean "strength"?'),
        (["agem.sampel=2"], '[agem]: unknown key "sampel"; did you mean "sample"?'),
        (["agem.sample=1"], "[agem]: sample should be greater than or equal to 2, got 1"),
        (['arms=["user-ewk"]'], 'unknown method "user-ewk"; did you mean "user-ewc"?'),
        (['arms=["user-ewc-random"]'], 'user-ewc keeps no memory; write "user-ewc"'),
        (['arms=["user-derpp-loudness"]'], 'unknown memory "loudness"'),
    ],
)
def test_mistakes_are_one_line(tiny, tmp_path, fedser, changes, said):
    extra = [word for change in changes for word in ("--set", change)]
    code, _, err = fedser(*tiny.command(tmp_path / "run"), *CHOSEN, *extra)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_metric_that_is_named_is_in_scores_tables_and_report(tiny, tmp_path, fedser):
    chosen = ("--seeds", 2, "--set", 'metrics=["ccc", "uar", "rmse"]', "--set", 'arms=["finetuning", "exper"]')
    code, out, err = fedser(*tiny.command(tmp_path / "run", "--workers", 1, *chosen))
    assert code == 0, err
    scores = pd.read_csv(tmp_path / "run" / "scores.csv", keep_default_na=False)
    assert scores["metric"].unique().tolist() == ["ccc", "uar", "rmse"]
    predicted = pd.read_csv(tmp_path / "run" / "predictions.csv")
    own = predicted[(predicted["method"] == "exper") & (predicted["environment"] == "home")]
    expected = ((own["activation"] - own["predicted_activation"]) ** 2).mean() ** 0.5
    key = {"seed": 0, "method": "exper", "stage": own["stage"].iloc[0], "environment": "home", "split": "test"}
    key |= {"target": "activation", "metric": "rmse"}
    found = scores.loc[(scores[list(key)] == pd.Series(key)).all(axis=1), "value"]
    assert found.item() == pytest.approx(expected, abs=1e-12)
    assert "CCC, UAR and RMSE of activation" in out
    assert "RMSE" in (tmp_path / "run" / "report.html").read_text()
    code, _, err = fedser(*tiny.command(tmp_path / "other", "--set", 'metrics=["ccc", "rmsee"]'))
    assert code == 2
    assert 'unknown metric "rmsee"; did you mean "rmse"?' in err
