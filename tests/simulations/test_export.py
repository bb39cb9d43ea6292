"""A model that leaves a run predicts outside what it predicted inside."""

import csv
import io
import json
import shutil

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import soundfile
import torch
from safetensors.torch import load_file, save_file

from fedser import audio, export
from fedser.errors import RunError
from fedser.export import onnx_program
from fedser.features import Standardiser
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


def test_an_onnx_program_says_what_the_model_says(exported, reference, tmp_path, monkeypatch):
    release = release_model(reference, ModelChoice("gem-speaker"))
    folder = release.write(tmp_path / "model", onnx=True)
    stream = np.random.default_rng(1)
    scales = export.load(folder).config["standardisers"]
    vectors = {
        kind: (stream.normal(0, 5, (7, len(values["mean"]))) * values["std"] + values["mean"]).astype(np.float32)
        for kind, values in scales.items()
    }
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    (found,) = session.run(["activation_valence"], vectors)
    z = {kind: torch.from_numpy(Standardiser.from_dict(scales[kind]).apply(vectors[kind])) for kind in vectors}
    with torch.no_grad():
        expected = release.model.regressor(z["acoustic"], z["lexical"])
    assert np.abs(found - expected.numpy()).max() < 1e-5
    assert np.ptp(found) > 0.01
    # An export without it leaves no program of the model that was there before.
    release.write(folder)
    assert not (folder / "model.onnx").exists()


def test_a_program_that_says_something_else_is_not_written(reference, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_program, "_run", lambda content, probes: np.full((33, 2), 0.5))
    release = release_model(reference, ModelChoice("gem-speaker"))
    with pytest.raises(RunError, match="differs from the model by"):
        release.write(tmp_path / "model", onnx=True)
    assert not (tmp_path / "model" / "model.onnx").exists()


def test_without_the_extra_it_is_one_line(reference, tmp_path, fedser, monkeypatch):
    monkeypatch.setattr("fedser.extras.find_spec", lambda name: None)
    code, _, err = fedser("export", reference, tmp_path / "model", "--arm", "gem-speaker", "--format", "onnx")
    assert (code, err.count("\n")) == (2, 1)
    assert "pip install 'fedser[onnx]'" in err
    assert not (tmp_path / "model").exists()


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


def without(*keys):
    """A change of config.json: a value taken out."""

    def change(config):
        inner = config
        for key in keys[:-1]:
            inner = inner[key]
        del inner[keys[-1]]

    return change


def with_value(value, *keys):
    """A change of config.json: a value put in the place of another."""

    def change(config):
        inner = config
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value

    return change


DAMAGE = {
    "no features": (without("features"), "config.json: a damaged model (lacks 'features')"),
    "no encoder": (without("features", "acoustic"), "lacks 'acoustic'"),
    "no options": (without("features", "lexical_options"), "lacks 'lexical_options'"),
    "no standardisers": (without("standardisers"), "lacks 'standardisers'"),
    "no lexical standardiser": (without("standardisers", "lexical"), "lacks 'lexical'"),
    "no mean": (without("standardisers", "acoustic", "mean"), "lacks 'mean'"),
    "no model": (without("model"), "lacks 'model'"),
    "no format": (without("format"), "lacks 'format'"),
    "features is text": (with_value("logmel", "features"), "config.json: a damaged model"),
    "an encoder that is a number": (with_value(3, "features", "acoustic"), "features.acoustic: expected"),
    "options that are a list": (with_value([], "features", "acoustic_options"), "features.acoustic: expected"),
    "standardisers is a list": (with_value([], "standardisers"), "config.json: a damaged model"),
    "a mean of another size": (with_value([0.0], "standardisers", "acoustic", "mean"), "mean and std must be"),
    "no z-scores at all": (
        with_value({"mean": [0.0], "std": [1.0], "clip": None}, "standardisers", "acoustic"),
        "standardisers.acoustic has 1 values, the model takes",
    ),
    "a deviation of 0": (with_value(0.0, "standardisers", "acoustic", "std", 0), "std above 0"),
    "a mean that is text": (with_value("x", "standardisers", "acoustic", "mean", 0), "could not convert"),
    "a size that is text": (with_value("x", "model", "acoustic"), "config.json: a damaged model"),
    "a size below 0": (with_value(-1, "model", "acoustic"), "config.json: a damaged model"),
    "a huge size": (with_value(10**15, "model", "acoustic"), "config.json: a damaged model"),
    "model is null": (with_value(None, "model"), "config.json: a damaged model"),
    "an unknown encoder": (with_value("lgomel", "features", "acoustic"), "unknown"),
    "an unknown option": (with_value({"x": 1}, "features", "acoustic_options"), "unknown key"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_config_is_one_line_that_names_it(name, exported, tiny, tmp_path, fedser):
    change, said = DAMAGE[name]
    shutil.copytree(exported, tmp_path / "model")
    config = json.loads((exported / "config.json").read_text())
    change(config)
    (tmp_path / "model" / "config.json").write_text(json.dumps(config))
    code, _, err = fedser("predict", tmp_path / "model", tiny.data / "home" / "s0-0.wav")
    assert (code, err.count("\n")) == (2, 1), err
    assert said in err


@pytest.mark.parametrize("text", ["[]", "null", "3", '"x"', "[" * 5000, "\0", ""])
def test_a_config_that_is_something_else_is_one_line(text, exported, tiny, tmp_path, fedser):
    shutil.copytree(exported, tmp_path / "model")
    (tmp_path / "model" / "config.json").write_text(text)
    code, _, err = fedser("predict", tmp_path / "model", tiny.data / "home" / "s0-0.wav")
    assert (code, err.count("\n")) == (2, 1), err
    assert "config.json: a damaged model" in err


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value, exported, tmp_path):
    shutil.copytree(exported, tmp_path / "model")
    tensors = load_file(exported / "model.safetensors")
    next(iter(tensors.values())).view(-1)[0] = value
    save_file(tensors, tmp_path / "model" / "model.safetensors")
    with pytest.raises(RunError, match=r"model.safetensors: weights that are no numbers"):
        export.load(tmp_path / "model")


@pytest.fixture
def speech(tiny, tmp_path):
    """A folder of recordings with names that want quotes, one that is cut off and one without a signal."""
    folder = tmp_path / "speech"
    (folder / "b").mkdir(parents=True)
    for name, source in {"a, b": "s0-0", 'say "x"': "s0-1", "b/two\nlines": "s1-0"}.items():
        shutil.copy(tiny.data / "home" / f"{source}.wav", folder / f"{name}.wav")
    whole = (folder / "a, b.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    soundfile.write(folder / "silent.wav", np.zeros(16000), 16000)
    (folder / "notes.txt").write_text("no audio")
    return folder


def test_a_folder_is_predicted_past_what_cannot_be_read(exported, speech, tmp_path, fedser):
    code, out, err = fedser("predict", exported, speech)

    assert code == 1
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == ["file", "activation", "valence"]
    assert [row[0] for row in rows[1:]] == [
        str(speech / name) for name in ("a, b.wav", "b/two\nlines.wav", 'say "x".wav')
    ]
    assert err.count("\n") == 2
    assert f"{speech / 'cut.wav'}: cannot be read as audio (truncated" in err
    assert f"{speech / 'silent.wav'}: cannot be read as audio (no signal: silence)" in err

    again = tmp_path / "again.csv"
    backwards = [row[0] for row in rows[:0:-1]]
    code, said, err = fedser("predict", exported, *backwards, "--output", again)
    assert (code, err) == (0, "")
    assert said == f"predictions: {again} (3 files)\n"
    with again.open(newline="") as file:
        assert list(csv.reader(file)) == [rows[0], *rows[:0:-1]], "the order changes no number"
    assert fedser("predict", exported, *backwards, "--output", again)[0] == 0, "its own file is written anew"


@pytest.mark.parametrize("kind", ["csv", "txt"])
def test_a_list_of_files_is_predicted(kind, exported, speech, fedser):
    listed = speech / f"list.{kind}"
    text = 'path,transcript\n"a, b.wav",word 0\n"say ""x"".wav",\n' if kind == "csv" else 'a, b.wav\nsay "x".wav\n'
    listed.write_text(text)
    words = () if kind == "csv" else ("--transcript", "word 0")
    code, out, err = fedser("predict", exported, "--list", listed, *words)
    assert (code, err) == (0, "")
    first, second = list(csv.reader(io.StringIO(out)))[1:]
    assert [first[0], second[0]] == [str(speech / "a, b.wav"), str(speech / 'say "x".wav')]
    alone = fedser("predict", exported, speech / "a, b.wav", "--transcript", "word 0")[1]
    assert list(csv.reader(io.StringIO(alone)))[1] == first


def test_nothing_is_predicted_where_nothing_can_be(exported, speech, tmp_path, fedser):
    (tmp_path / "mine.csv").write_text("my,own,table\n")
    (tmp_path / "empty").mkdir()
    for arguments, part, lines in (
        ((speech / "cut.wav",), "truncated", 1),
        ((speech / "cut.wav", speech / "silent.wav"), "none of the 2 files can be read", 3),
        ((speech, "--output", tmp_path / "mine.csv"), "holds something else than predictions", 1),
        ((speech, "--output", tmp_path), "is a folder; name a file", 1),
        ((tmp_path / "empty",), "no audio files", 1),
        (("--list", tmp_path / "gone.txt"), "No such file", 1),
        ((), "no audio files", 1),
    ):
        code, _, err = fedser("predict", exported, *arguments)
        assert (code, err.count("\n")) == (2, lines), err
        assert part in err
    assert (tmp_path / "mine.csv").read_text() == "my,own,table\n"
