"""A model that leaves a run predicts outside what it predicted inside."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from fedser import audio, export
from fedser.errors import RunError
from simulations.kinds import release_model
from simulations.model_choice import ModelChoice


@pytest.fixture(scope="module")
def exported(reference, tmp_path_factory):
    return release_model(reference, ModelChoice("gem-speaker")).write(tmp_path_factory.mktemp("export") / "model")


def test_predictions_from_audio_equal_the_runs_own(exported, reference, tiny):
    model = export.load(exported)
    rows = pd.read_csv(reference / "predictions.csv", keep_default_na=False)
    rows = rows[(rows["method"] == "gem") & (rows["environment"] == "street")]
    assert len(rows) > 5
    paths = [tiny.data / "street" / name for name in rows["utterance"]]
    transcripts = [f"word {name.split('-')[1][0]}" for name in rows["utterance"]]
    predicted = model.predict([audio.read(path) for path in paths], transcripts)
    expected = rows[["predicted_activation", "predicted_valence"]].to_numpy()
    assert np.abs(predicted - expected).max() < 1e-6


def test_a_saved_model_is_loaded_without_loss(exported, tmp_path):
    model = export.load(exported)
    model.save(tmp_path / "again")
    assert (tmp_path / "again" / "config.json").read_bytes() == (exported / "config.json").read_bytes()
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (exported / "model.safetensors").read_bytes()


def test_the_card_says_data_labels_metrics_and_limits(exported, reference):
    card = (exported / "README.md").read_text()
    for heading in ("## Data", "## Labels", "## Metrics", "## Limits"):
        assert heading in card
    scores = pd.read_csv(reference / "scores.csv", keep_default_na=False)
    scores = scores[(scores["seed"] == 0) & (scores["method"] == "gem") & (scores["split"] == "test")]
    last = scores[scores["stage"] == "home+office+street"].set_index(["environment", "target", "metric"])["value"]
    value = f"{last['office', 'valence', 'ccc']:.3f}".replace("0.", ".", 1).replace("-", "−")
    row = next(line for line in card.splitlines() if line.startswith("| office | valence"))
    assert value in row


def test_the_command_exports_and_predicts(reference, tiny, tmp_path, fedser):
    code, out, _ = fedser("export", reference, tmp_path / "model", "--arm", "finetuning", "--seed", 1)
    assert code == 0
    file = tiny.data / "home" / "s0-0.wav"
    code, out, _ = fedser("predict", tmp_path / "model", file, "--transcript", "word 0")
    assert code == 0
    header, row = out.strip().splitlines()
    assert header == "file,activation,valence"
    name, activation, valence = row.split(",")
    expected = export.load(tmp_path / "model").predict([audio.read(file)], ["word 0"])[0]
    assert name == str(file)
    assert [float(activation), float(valence)] == pytest.approx(expected.tolist(), abs=5e-5)


def test_mistakes(reference, exported, tiny, tmp_path, fedser):
    for arguments, part in (
        (("export", reference, tmp_path / "m", "--arm", "gem-random"), 'no arm "gem-random"'),
        (("export", reference, tmp_path / "m", "--arm", "gme"), "unknown method"),
        (("export", reference, tmp_path / "m", "--arm", "joint", "--seed", 9), "no seed 9"),
        (
            ("export", reference, tmp_path / "m"),
            "has 4 arms; name one: finetuning, exper-random, gem-speaker, joint",
        ),
        (("export", reference, tmp_path / "m", "--arm", "joint", "--device", 0), "leave out the device"),
        (("export", tmp_path, tmp_path / "m"), "not a run folder"),
        (("predict", tmp_path, tiny.data / "home" / "s0-0.wav"), "not an exported model"),
        (("predict", exported, tiny.data / "home" / "manifest.csv"), "cannot be read as audio"),
    ):
        code, _, err = fedser(*arguments)
        assert (code, err.count("\n")) == (2, 1), err
        assert part in err


@pytest.mark.parametrize("damage", ["half the weights", "other weights", "no config", "broken config", "future"])
def test_a_damaged_folder_is_one_clear_error(exported, tmp_path, damage):
    folder = tmp_path / "model"
    shutil.copytree(exported, folder)
    weights, config = folder / "model.safetensors", folder / "config.json"
    if damage == "half the weights":
        weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    elif damage == "other weights":
        values = json.loads(config.read_text())
        values["model"]["options"]["width"] = 9
        config.write_text(json.dumps(values))
    elif damage == "no config":
        config.unlink()
    elif damage == "broken config":
        config.write_text("{")
    else:
        config.write_text(config.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(RunError) as error:
        export.load(folder)
    assert "\n" not in str(error.value)
    assert str(folder) in str(error.value)
