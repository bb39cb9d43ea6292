"""[transcription] in a configuration: a Whisper fills in what a corpus lacks."""

import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile

from fedser.features import FeatureStore, transcribe, transcriber
from tests.small_checkpoints import save_whisper


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    return save_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture
def silent(tiny, tmp_path, whisper):
    """The tiny experiment with no transcript at home, some in the office, all in the street; and the Whisper."""
    data = tmp_path / "data"
    shutil.copytree(tiny.data, data)
    for place, keep in (("home", 0), ("office", 45)):
        manifest = data / place / "manifest.csv"
        header, *rows = manifest.read_text().splitlines()
        rows = [row if k < keep else row[: row.rindex(",") + 1] for k, row in enumerate(rows)]
        manifest.write_text("\n".join([header, *rows]) + "\n")
    config = tmp_path / "silent.toml"
    section = f'[transcription]\nmodel = "{whisper}"\nlanguage = "en"\n'
    config.write_text(tiny.config.read_text() + section)
    return data, config


def notes(run):
    return {name: set(lines) for name, lines in pd.read_json(run / "run.json", typ="series")["notes"].items()}


def test_transcripts_are_recognised_where_there_are_none(silent, tmp_path, whisper, fedser):
    data, config = silent
    run = tmp_path / "run"
    code, _, err = fedser("paper", config, "--data", data, "--run", run, "--workers", 1, "--seeds", 1)
    assert code == 0, err
    table = pd.read_csv(run / "utterances.csv")
    assert table.groupby("environment").size().to_dict() == {"home": 50, "office": 50, "street": 50}
    assert f"transcripts by {whisper.name}: 50 of 50" in notes(run)["home"]
    assert f"transcripts by {whisper.name}: 5 of 50" in notes(run)["office"]
    assert not any("transcript" in note for note in notes(run)["street"])
    assert f"transcripts by {whisper.name}: 50 of 50" in (run / "report.html").read_text()


def test_without_it_the_loaders_rule_leaves_them_out(silent, tmp_path, fedser):
    data, config = silent
    plain = tmp_path / "plain.toml"
    plain.write_text(config.read_text().split("[transcription]")[0])
    code, out, err = fedser("extract", plain, "--data", data, "--workers", 1)
    assert code == 0, err
    assert out.splitlines() == [
        "home: 50 utterances, 0 left out",
        "office: 45 utterances, 5 left out",
        "street: 50 utterances, 0 left out",
    ]


def test_words_are_read_by_the_lexical_encoder_and_silence_is_left_out_by_the_rule(
    silent, tmp_path, whisper, monkeypatch
):
    from fedser.config import load
    from fedser.features import lexical_encoder
    from fedser.features.whisper_transcriber import WhisperTranscriber
    from simulations.one_device.config import PaperConfig
    from simulations.one_device.data import embed_environments
    from simulations.sources import Sources

    data, config = silent
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    honest = WhisperTranscriber.transcribe

    def mumbling(self, waveforms):
        """Hear nothing in the loudest utterances."""
        texts = honest(self, waveforms)
        return ["" if np.abs(x).max() > 0.28 else text for x, text in zip(waveforms, texts, strict=True)]

    monkeypatch.setattr(WhisperTranscriber, "transcribe", mumbling)
    soundfile.write(data / "home" / "s0-0.wav", np.full(8000, np.nan), 16000, subtype="FLOAT")
    settings = load(config, PaperConfig, [])
    home, _, street = embed_environments(settings, Sources(data), workers=1)[0]
    dropped = home.corpus.dropped.set_index("utterance")["reason"]
    assert dropped["s0-0.wav"] == "unreadable"
    assert 0 < (dropped == "no transcript").sum() < 25
    assert len(home.corpus.table) + len(dropped) == 50
    assert (home.corpus.table["transcript"] != "").all()
    words = lexical_encoder("ngrams").encode(home.corpus.table["transcript"].tolist())
    np.testing.assert_array_equal(home.lexical, words)
    assert len(home.acoustic) == len(home.corpus.table)
    model = transcriber(str(whisper), language="en")
    again = transcribe(home.corpus.table["path"].tolist(), model, FeatureStore(tmp_path / "cache" / "features"))
    assert again.texts == home.corpus.table["transcript"].tolist(), "they were kept beside the features"
    assert street.corpus.table["transcript"].str.startswith("word ").all()


@pytest.mark.parametrize(
    ("section", "parts"),
    [
        ('model = ""', ["[transcription]", "model"]),
        ('modl = "x"', ['"modl"', 'did you mean "model"']),
        ('model = "/nowhere"', ["transcription", "/nowhere", "no such folder"]),
        ('model = "{whisper}"\nlanguage = "klingon"', ["transcription", "klingon"]),
        ('model = "{whisper}"\ntask = "sing"', ["[transcription]", "task", "sing"]),
    ],
)
def test_mistakes_are_one_line(tiny, tmp_path, whisper, fedser, section, parts):
    config = tmp_path / "wrong.toml"
    config.write_text(tiny.config.read_text() + "[transcription]\n" + section.replace("{whisper}", str(whisper)))
    code, _, err = fedser("extract", config, "--data", tiny.data)
    assert code == 2
    assert err.count("\n") == 1, err
    assert all(part in err for part in parts), err
