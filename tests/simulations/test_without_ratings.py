"""One device in a place where nobody rates anything, from the configuration to the report."""

import json

import pandas as pd
import pytest

ARMS = ["finetuning", "replay", "restandardise-exper", "mean-teacher-gem", "reconstruction", "subspace", "joint"]


@pytest.fixture
def unrated(tiny):
    """The tiny experiment with the second of its three places unrated."""
    path = tiny.config.with_name("unrated.toml")
    text = tiny.config.read_text().replace('name = "office"', 'name = "office"\nlabels = "none"')
    lines = [f"arms = {json.dumps(ARMS)}" if line.startswith("arms =") else line for line in text.splitlines()]
    path.write_text("\n".join(lines))
    return path


def test_it_is_learnt_reported_and_the_same_in_two_processes(unrated, tiny, tmp_path, fedser):
    bytes_of = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        command = ["paper", unrated, "--data", tiny.data, "--run", folder, "--seeds", 1, "--workers", workers]
        code, out, err = fedser(*map(str, [*command, "--set", "training.unlabelled_epochs=2"]))
        assert code == 0, err
        bytes_of.append([(folder / name).read_bytes() for name in ("scores.csv", "curves.csv", "predictions.csv")])
    assert bytes_of[0] == bytes_of[1]
    assert "learnt without its labels" in " ".join(out.split())
    assert (folder / "report.html").exists()
    curves = pd.read_csv(folder / "curves.csv")
    there = curves[(curves["stage"] == "home+office") & (curves["method"] != "joint")]
    assert there["validation_loss"].isna().all()
    assert there.groupby("method")["epoch"].max().unique().tolist() == [2]
    assert curves[curves["stage"] != "home+office"]["validation_loss"].notna().all()
    scores = pd.read_csv(folder / "scores.csv", keep_default_na=False)
    assert not scores["value"].isna().any()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "home"', 'name = "home"\nlabels = "none"', '"home" is the first and needs labels'),
        ('"replay"', '"gdumb"', '"gdumb-random" learns from its memory alone, and "office" has no labels to keep'),
        ('labels = "none"', 'labels = "non"', "'ratings' or 'none'"),
        (
            "[memory]",
            "[updates]\nsize = 8\nutterances = 4\n[memory]",
            "an update of 8 utterances is more than the 4",
        ),
    ],
)
def test_mistakes_are_one_line(unrated, tiny, tmp_path, fedser, old, new, message):
    unrated.write_text(unrated.read_text().replace(old, new, 1))
    code, _, err = fedser("paper", str(unrated), "--data", str(tiny.data), "--run", str(tmp_path / "run"))
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
