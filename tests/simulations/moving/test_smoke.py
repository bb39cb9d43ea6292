"""The shipped smoke configuration from corpora to report."""

import json

from tests.simulations.moving.small_federation import table


def test_a_run_folder_holds_everything(smoke):
    present = {path.name for path in smoke.iterdir()}
    csvs = {"scores.csv", "visits.csv", "costs.csv", "prequential.csv", "acoustics.csv"}
    assert csvs | {"config.toml", "run.json", "report.html", "tables.txt", "checkpoints", "devices"} <= present
    assert "data" not in present  # embeddings are not left behind
    record = json.loads((smoke / "run.json").read_text())
    assert record["kind"] == "moving"
    assert (record["devices"], record["rounds"], record["seeds"]) == (6, 3, [0])
    assert record["environments"] == ["home", "office", "café"]
    assert {"mode": "personal-head", "method": "exper", "memory": "random", "rule": ""} in record["arms"]
    kinds = [line.partition(":")[0].partition(" only")[0] for line in record["warnings"]]
    assert set(kinds) <= {"Worse than at the start", "One seed", "Memory holds everything"}
    assert "One seed" in kinds
    assert record["finished"]


def test_scores_are_complete(smoke):
    scores = table(smoke, "scores.csv")
    cells = 3 * 2 * 2  # environments, targets, metrics
    personal = 5 * 3 * (6 + 1) * cells  # arms, rounds, devices and all of them
    server = (5 + 3 * 3) * cells  # round 0 of all arms, and every round but of the local ones
    assert len(scores) == personal + server
    assert scores["value"].between(-1, 1).all()
    visits = table(smoke, "visits.csv").set_index(["device", "round"])["environment"]
    mine = scores[~scores["device"].isin(["server", "all"])]
    assert (mine["stage"] == [visits[int(d), r] for d, r in zip(mine["device"], mine["round"], strict=True)]).all()


def test_devices_take_turns_as_the_schedule_says(smoke):
    visits = table(smoke, "visits.csv").pivot_table(
        index="device", columns="round", values="environment", aggfunc="first"
    )
    places = ["home", "office", "café"]
    for device in range(6):
        assert visits.loc[device].tolist() == [places[(device + k) % 3] for k in range(3)]


def test_what_was_achieved_acoustically_is_recorded(smoke):
    acoustics = table(smoke, "acoustics.csv").set_index("environment")
    assert acoustics.index.tolist() == ["home", "office", "café"]
    for name in acoustics.index:
        row = acoustics.loc[name]
        assert abs(float(row["snr_db"]) - float(row["snr_target_db"])) < 0.5
        assert abs(float(row["rt60_s"]) / float(row["rt60_target_s"]) - 1) < 0.15
