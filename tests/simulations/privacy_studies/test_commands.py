"""`fedser privacy attack` and `fedser privacy frontier`, end to end on the embedded corpus."""

import json
import re

import pandas as pd
import pytest

from fedser.privacy import Sampling, epsilon
from fedser.results.privacy.leaks import LEAKS
from simulations.cli import main

FEDERATION = """
[federation]
seeds = 1
rounds = 4
arms = ["federated:finetuning", "federated:exper"]

[[federation.environments]]
name = "home"

[[federation.environments]]
name = "office"

[federation.devices]
count = 6

[federation.server]
speakers = 0.0

[federation.mobility]
kind = "schedule"

[federation.schedule]
environments = ["home", "home", "office", "office"]

[federation.stream]
per_round = 3

[federation.memory]
capacity = 3

[federation.training]
learning_rate = 0.02

[federation.model]
width = 16

[[shadow.corpora]]
name = "shadow"
corpus = "synthetic"
options = { speakers = 10, utterances_per_speaker = 6, seed = 1 }

[[target.corpora]]
name = "target"
corpus = "synthetic"
options = { speakers = 10, utterances_per_speaker = 6, seed = 2 }

[attribute]
kinds = ["inputs"]
shuffles = 2
epochs = 20
layers = ["trunk.0"]
"""

PLUGIN = """
attacks = ["attribute", "linkage", "membership", "inversion", "volume"]

[plugins]
modules = ["volume_attack"]
"""

VOLUME = '''
"""How long an update is, against how many utterances it was learnt from."""

from typing import ClassVar

import numpy as np
from scipy import stats

import fedser
from fedser.privacy.attacks import Finding, Interval, Null
from fedser.seeding import generator


@fedser.register
class Volume(fedser.Attack):
    name: ClassVar[str] = "volume"
    title: ClassVar[str] = "How much a device has heard"
    headline: ClassVar[str] = "tau"

    shuffles: int = 20

    def run(self, view):
        updates = view.target.updates()
        lengths = [float(np.linalg.norm(update.after - update.before)) for update in updates]
        counts = [len(view.target.learnt_from(update)) + update.round / 100 for update in updates]
        stream = generator(view.seed, "volume")
        null = Null.of([tau(lengths, stream.permutation(counts)) for _ in range(self.shuffles)])
        found = Interval.known(tau(lengths, counts))
        yield Finding("length", "tau", found, null.band, len(updates), "The adversary sees updates.")


def tau(x, y):
    return float(stats.kendalltau(x, y).statistic)
'''

ATTACK = """
[volume]
shuffles = 10

[inversion]
batches = [1, 2]
steps = [1]
trials = 3

[membership]
draws = 100
controls = 5
shadows = 2

[linkage]
shuffles = 5
"""

QUICK = """
[membership]
scores = ["row-space", "lira"]
draws = 100
controls = 2
shadows = 2
"""

SWEEP = """
[sweep]
noise = [0.0, 2.0]
capacity = [3]
clip = 0.5
delta = 0.01
"""

POISSON = """
[sweep]
noise = [2.0]
capacity = [3]
clip = 0.5
delta = 0.01
sampling = "poisson"
nonce = "000000000000003b"
"""

DRAWN_IN_SECRET = """
[federation.participation]
sampling = "poisson"
fraction = 0.25

"""


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["fedser", "privacy", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code


SERVED = FEDERATION.replace("speakers = 0.0", "speakers = 0.2")
"""Under a guarantee features are standardised by speech of the server's own."""


@pytest.fixture(scope="module")
def studies(tmp_path_factory, cache_folder):
    """Both studies, run once."""
    folder = tmp_path_factory.mktemp("studies")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "volume_attack.py").write_text(VOLUME)
        for name, text in (("attack", PLUGIN + FEDERATION + ATTACK), ("frontier", SERVED + QUICK + SWEEP)):
            (folder / f"{name}.toml").write_text(text)
            arguments = (name, folder / f"{name}.toml", "--run", folder / name, "--workers", 1)
            assert run(patch, *arguments) == 0
    return folder


def table(folder, name):
    return pd.read_csv(folder / name, keep_default_na=False, dtype={"rounds": str, "batch": str, "steps": str})


def test_every_study_is_there_with_intervals_and_controls(studies):
    found = table(studies / "attack", "attacks.csv")
    assert list(dict.fromkeys(found["attack"])) == ["attribute", "linkage", "membership", "inversion", "volume"]
    assert (found["low"] <= found["estimate"]).all()
    assert (found["estimate"] <= found["high"]).all()
    assert (found["control_low"] <= found["control_high"]).all()
    assert found["statement"].str.startswith("The adversary").all()
    assert set(found.loc[found["attack"] == "membership", "arm"]) == {
        "federated:finetuning",
        "federated:exper-random",
    }


def test_an_attack_from_outside_stands_beside_the_others(studies):
    found = table(studies / "attack", "attacks.csv")
    assert (found["attack"] == "volume").sum() == 2
    for name in ("tables.txt", "report.html"):
        assert "How much a device has heard" in (studies / "attack" / name).read_text()
    target = (studies / "attack" / "target" / "config.toml").read_text()
    assert "volume_attack" in target


def test_one_utterance_is_recovered_exactly(studies):
    found = table(studies / "attack", "attacks.csv")
    one = found[(found["attack"] == "inversion") & (found["batch"] == "1") & (found["metric"] == "cosine")]
    assert one["estimate"].astype(float).item() > 0.999
    assert one["control"].astype(float).item() < 0.99


def test_the_frontier_has_every_cell_with_its_epsilon(studies):
    cells = table(studies / "frontier", "frontier.csv")
    assert len(cells) == 2 * 2
    noisy = cells[cells["noise_multiplier"] == 2.0]
    expected = epsilon(2.0, Sampling("known"), 4, 0.01)
    assert noisy["epsilon"].astype(float).to_numpy() == pytest.approx(expected, rel=1e-6)
    assert (cells.loc[cells["noise_multiplier"] == 0.0, "epsilon"].astype(float) == float("inf")).all()
    for measure in LEAKS:
        low, estimate, high = (
            cells[name].astype(float) for name in (f"{measure}_low", measure, f"{measure}_high")
        )
        assert ((low >= 0) & (low <= estimate) & (estimate <= high) & (high <= 1)).all(), measure
    kept = cells[(cells["method"] == "exper") & (cells["noise_multiplier"] == 0)]
    assert (kept["row_space_auc"].astype(float) > 0.9).all()


def test_a_round_of_nobody_leaves_an_empty_cell_and_the_frontier_stands(tmp_path, monkeypatch, cache_folder):
    drawn = SERVED.replace("[federation.memory]", DRAWN_IN_SECRET + "[federation.memory]")
    drawn = drawn.replace('"federated:finetuning", ', "")
    (tmp_path / "frontier.toml").write_text(drawn + QUICK + POISSON)
    assert run(monkeypatch, "frontier", tmp_path / "frontier.toml", "--run", tmp_path / "run") == 0
    (spent,) = (tmp_path / "run" / "cells").glob("*/privacy.csv")
    rounds = table(spent.parent, "privacy.csv")
    nobody = rounds["survivors"] == 0
    assert 0 < nobody.sum() < len(rounds)
    assert set(rounds.loc[nobody, "clipped_share"]) == {""}
    cells = table(tmp_path / "run", "frontier.csv")
    expected = epsilon(2.0, Sampling("poisson", 0.25), 4, 0.01)
    assert cells["epsilon"].astype(float).to_numpy() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["attack", "frontier"])
def test_pages_open_offline_and_say_what_the_adversary_knows(studies, name):
    page = (studies / name / "report.html").read_text()
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "The adversary" in page
    assert "<svg" in page
    assert not (studies / name / "speech").exists()
    assert json.loads((studies / name / "run.json").read_text())["kind"] == name


@pytest.mark.parametrize(("name", "result"), [("attack", "attacks.csv"), ("frontier", "frontier.csv")])
def test_taken_up_again_it_comes_to_the_same(studies, name, result, monkeypatch, capsys):
    """The federations are finished, the study is not, as after a kill; other processes, the same bytes."""
    before = (studies / name / result).read_bytes(), (studies / name / "report.html").read_bytes()
    runs = {p: p.stat().st_mtime_ns for p in (studies / name).glob("**/checkpoints/**/server.safetensors")}
    (studies / name / "run.json").unlink()
    (studies / name / result).unlink()
    arguments = (name, studies / f"{name}.toml", "--run", studies / name, "--workers", 2)
    assert run(monkeypatch, *arguments) == 0
    assert "Table 1." in capsys.readouterr().out
    assert ((studies / name / result).read_bytes(), (studies / name / "report.html").read_bytes()) == before
    assert runs
    assert all(p.stat().st_mtime_ns == then for p, then in runs.items())


@pytest.mark.parametrize(
    ("name", "override", "reason"),
    [
        ("attack", "target.roundz=3", 'unknown key "roundz"'),
        ("attack", 'target.arms=["local:exper"]', "nothing to attack"),
        ("attack", "target.corpora=[]", "corpora"),
        ("attack", "attribute.shufles=3", 'did you mean "shuffles"'),
        ("attack", "volume.shufles=3", 'did you mean "shuffles"'),
        ("attack", 'attacks=["atribute"]', 'unknown attack "atribute"; did you mean "attribute"?'),
        ("attack", 'attacks=["linkage", "linkage"]', "given twice"),
        ("attack", 'plugins.modules=["no_such"]', 'no module "no_such"'),
        ("attack", 'federation.arms=["federated:finetuning"]', "[membership]: it has nothing to say of any arm"),
        ("frontier", "sweep.delta=0.5", "delta 0.5 is not below 1/6"),
        ("frontier", "sweep.noise=[]", "noise"),
    ],
)
def test_mistakes_are_one_line(studies, tmp_path, monkeypatch, capsys, name, override, reason):
    run_folder = tmp_path / "run"
    arguments = (name, studies / f"{name}.toml", "--run", run_folder, "--set", override)
    assert run(monkeypatch, *arguments) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1
    assert not run_folder.exists()


@pytest.mark.parametrize("name", ["attack", "frontier"])
def test_a_finished_study_is_reported_again(studies, name, fedser):
    before = (studies / name / "report.html").read_bytes(), (studies / name / "tables.tex").read_bytes()
    (studies / name / "report.html").unlink()
    (studies / name / "tables.tex").unlink()
    code, out, err = fedser("report", studies / name)
    assert (code, out) == (0, f"report: {studies / name / 'report.html'}\n"), err
    assert ((studies / name / "report.html").read_bytes(), (studies / name / "tables.tex").read_bytes()) == before


@pytest.mark.parametrize(("name", "federation"), [("attack", "target"), ("frontier", "cells/noise-2-memory-3")])
def test_a_study_names_the_federations_that_have_a_model(studies, name, federation, fedser, tmp_path):
    code, _, err = fedser("export", studies / name, tmp_path / "model")
    assert (code, err.count("\n")) == (2, 1)
    assert "has no model of its own; export one of its federations: " in err
    assert str(studies / name / federation) in err
    arguments = (studies / name / federation, tmp_path / "model", "--arm", "federated:exper-random")
    assert fedser("export", *arguments)[0] == 0
    assert (tmp_path / "model" / "model.safetensors").exists()


@pytest.mark.parametrize("name", ["attack", "frontier"])
def test_a_study_s_features_are_extracted(studies, name, fedser):
    code, out, err = fedser("extract", studies / f"{name}.toml", "--workers", 1)
    assert code == 0, err
    lines = [line.partition(":")[0] for line in out.splitlines()]
    places = ("home", "office", *(["server"] if name == "frontier" else []))
    assert lines == [f"{who}, {place}" for who in ("shadow", "target") for place in places]
