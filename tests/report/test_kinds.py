"""Every kind of run is known by its record, and reported by one call."""

import json

import pytest

from fedser.errors import RunError
from fedser.report import write_report
from fedser.report.kinds import KINDS, kind_of_run
from fedser.results.privacy import SCHEMA
from simulations.studies.compare import compare
from tests.report.conftest import Page
from tests.results.moving.commuters import ARMS, write_commute
from tests.results.rehearsal import ALL_ARMS, write_run

FINDING = {
    "attack": "linkage",
    "variant": "devices",
    "metric": "accuracy",
    "arm": "federated:gem-random",
    "estimate": "0.5",
    "low": "0.25",
    "high": "0.75",
    "control": "0.125",
    "control_low": "0.0625",
    "control_high": "0.1875",
    "p_value": "0.03125",
    "n": "16",
    "statement": "The adversary is the server.",
}
CELLS = [
    {
        "noise_multiplier": noise,
        "capacity": 8,
        "mode": "federated",
        "method": "gem",
        "memory": "random",
        "seed": seed,
        "epsilon": epsilon,
        "ccc": 0.5,
        "forgetting": 0.125,
        "gender_uar": 0.75,
    }
    for noise, epsilon in ((0.0, "inf"), (1.0, "9.97"))
    for seed in (0, 1)
]


def write_study(folder, kind, name, rows):
    """A finished study with these rows."""
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"kind": kind, "finished": "2026-01-01T00:00:00+00:00"}))
    (folder / "config.toml").write_text("seed = 0\n")
    columns = list(SCHEMA[name])
    lines = [",".join(str(row.get(column, "")) for column in columns) for row in rows]
    (folder / name).write_text("\n".join([",".join(columns), *lines]) + "\n")
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    options = {"environments": ["P", "M"], "seeds": [0, 1, 2], "arms": ALL_ARMS[:3]}
    two = [write_run(folder / name, **options) for name in ("one", "other")]
    return {
        "one-device": write_run(folder / "paper", environments=["P", "M"], seeds=[0, 1], arms=ALL_ARMS[:2]),
        "moving": write_commute(folder / "commute", arms=ARMS[:2], seeds=[0, 1], devices=3, rounds=4),
        "attack": write_study(folder / "attack", "attack", "attacks.csv", [FINDING]),
        "frontier": write_study(folder / "frontier", "frontier", "frontier.csv", CELLS),
        "study": compare(two, folder / "study", "fedser compare one other").parent,
    }


@pytest.mark.parametrize("name", list(KINDS))
def test_a_run_of_any_kind_is_reported_and_drawn(runs, name):
    kind = kind_of_run(runs[name])
    assert kind.name == name
    run = kind.read(runs[name])
    page = write_report(runs[name])
    first = page.read_bytes()
    assert Page(first.decode()).errors == []
    assert write_report(runs[name]).read_bytes() == first
    tables = kind.tables(run)
    text = (runs[name] / "tables.txt").read_text()
    assert all(table.heading in text for table in tables)
    assert len(tables) > 0
    assert len(kind.scores(run)) > 0
    drawings = kind.drawings(run)
    assert first.decode().count("<figure>") == len(drawings) > 0


def test_a_record_that_says_no_kind_is_of_one_device(runs):
    assert "kind" not in json.loads((runs["one-device"] / "run.json").read_text())
    assert kind_of_run(runs["one-device"]).name == "one-device"


def test_folders_that_are_no_runs_or_of_a_later_version(tmp_path, runs):
    with pytest.raises(RunError, match="not a run folder"):
        kind_of_run(tmp_path)
    write_study(tmp_path / "study", "attak", "attacks.csv", [FINDING])
    with pytest.raises(RunError, match=r'run.json: unknown "kind" "attak"; did you mean "attack"\?$'):
        write_report(tmp_path / "study")
    with pytest.raises(RunError, match=r'"kind" is "attack", expected "frontier"$'):
        KINDS["frontier"].read(runs["attack"])


def test_an_unfinished_study_is_not_reported(tmp_path):
    folder = write_study(tmp_path / "study", "attack", "attacks.csv", [FINDING])
    (folder / "run.json").write_text(json.dumps({"kind": "attack"}))
    with pytest.raises(RunError, match="not finished"):
        write_report(folder)
    assert not (folder / "report.html").exists()
