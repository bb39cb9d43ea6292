"""Federations whose owners rate nothing: devices learn all the same, and no label is read anywhere."""

import pandas as pd
import pytest

from fedser.errors import RunError
from simulations.engines import inprocess
from simulations.moving.outcome import write_results
from tests.simulations.moving.overheard import failing
from tests.simulations.moving.small_federation import ACOUSTICS, intercepted, prepared, table, weights_hash

ARMS = ["federated:mean-teacher-gem", "personal-norm:restandardise", "personal-head:reconstruction-exper"]
ARMS += ["local:subspace", "federated:reconstruction@scaffold", "federated:finetuning"]
EARLY = {"adaptation": {"epochs": None, "early_stopping": True}}


def turn_labels(folder, splits, times=-1.0):
    """Turn round all labels of some splits, on disk."""
    for path in folder.glob("data/*/utterances.csv"):
        rows = pd.read_csv(path, keep_default_na=False)
        inside = rows["split"].isin(splits)
        rows.loc[inside, ["activation", "valence"]] *= times
        rows.to_csv(path, index=False)


def finished(folder, turned=(), **changes):
    chosen = prepared(folder, **changes)
    turn_labels(folder, turned)
    inprocess.run_federation(folder, chosen.devices.count, 1)
    write_results(folder, chosen, ACOUSTICS)
    return weights_hash(folder)


@pytest.mark.parametrize(
    ("adaptation", "arms"), [({}, ARMS), (EARLY, [arm for arm in ARMS if "scaffold" not in arm])]
)
def test_it_runs_reads_no_label_and_resumes_to_the_same_bytes(tmp_path, monkeypatch, adaptation, arms):
    unrated = {"arms": arms, "stream": {"per_round": 8, "label_fraction": 0.0}, "rounds": 3} | adaptation
    whole = finished(tmp_path / "whole", **unrated)
    assert finished(tmp_path / "turned", ("train", "validation"), **unrated) == whole
    costs = table(tmp_path / "whole", "costs.csv")
    learnt = costs.groupby("method")[["steps", "memory_bytes"]].sum()
    assert (learnt.drop("finetuning")["steps"] > 0).all()
    assert learnt.loc["finetuning", "steps"] == 0
    assert len(table(tmp_path / "whole", "prequential.csv")) == 0

    prepared(tmp_path / "killed", **unrated)
    with intercepted(monkeypatch, failing({(2, device) for device in range(4)})), pytest.raises(RunError):
        inprocess.run_federation(tmp_path / "killed", 4, 1)
    inprocess.run_federation(tmp_path / "killed", 4, 1)
    assert weights_hash(tmp_path / "killed") == whole


@pytest.mark.parametrize("adaptation", [{}, EARLY], ids=["epochs", "early stopping"])
def test_where_owners_rate_the_same_change_is_noticed(tmp_path, adaptation):
    """The control: turned labels of the split that is read come to other weights."""
    rated = {"arms": ["federated:mean-teacher-gem"], "stream": {"per_round": 8}, "rounds": 2} | adaptation
    read = "validation" if adaptation else "train"
    assert finished(tmp_path / "turned", (read,), **rated) != finished(tmp_path / "whole", **rated)
