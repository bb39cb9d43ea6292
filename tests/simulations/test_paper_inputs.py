"""configs/paper.toml on miniatures of its three corpora, with small local checkpoints."""

from pathlib import Path

import pandas as pd
import pytest

from tests.corpora.licensed_trees import build_iemocap, build_msp_improv, build_msp_podcast
from tests.small_checkpoints import save_acoustic, save_bert, save_whisper

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    """Where the miniature corpora are."""
    folder = tmp_path_factory.mktemp("licensed")
    build_iemocap(folder / "IEMOCAP_full_release")
    build_msp_improv(folder / "MSP-IMPROV")
    build_msp_podcast(folder / "MSP-PODCAST")
    return [
        *("--iemocap", folder / "IEMOCAP_full_release"),
        *("--msp-improv", folder / "MSP-IMPROV"),
        *("--msp-podcast", folder / "MSP-PODCAST"),
    ]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Options that put small checkpoints in the place of the real ones, and shorten the training."""
    sound, words = tmp_path_factory.mktemp("wav2vec2"), tmp_path_factory.mktemp("bert")
    changes = {
        "features.acoustic_options.checkpoint": save_acoustic("wav2vec2", sound),
        "features.lexical_options.checkpoint": save_bert(words),
        "transcription.model": save_whisper(tmp_path_factory.mktemp("whisper")),
        "training.max_epochs": 2,
        "training.batch_size": 8,
        "model.width": 8,
        "memory.capacity": 9,
    }
    return [part for key, value in changes.items() for part in ("--set", f"{key}={value}")]


@pytest.mark.parametrize("name", ["paper.toml", "paper_2to15s.toml"])
def test_the_papers_configuration_runs_to_its_tables(name, flags, small, tmp_path, fedser):
    command = ["paper", REPOSITORY / "configs" / name, *flags, "--run", tmp_path / "run"]
    code, out, err = fedser(*command, "--seeds", 2, "--workers", 1, *small)
    assert code == 0, err
    for title in ("Table 1a.", "Table 1b.", "Table 2a.", "Table 2b.", "Table 3a.", "Table 3b."):
        assert title in out
    scores = pd.read_csv(tmp_path / "run" / "scores.csv", keep_default_na=False)
    assert scores["stage"].unique().tolist() == ["P", "P+M", "P+M+I"]
    assert len(scores.groupby(["method", "memory"])) == 9
    table = pd.read_csv(tmp_path / "run" / "utterances.csv", keep_default_na=False)
    assert set(table["corpus"]) == {"msp-podcast", "msp-improv", "iemocap"}
    assert table["activation"].between(-1, 1).all()
    assert (table[table["speaker"] != ""].groupby(["environment", "speaker"])["split"].nunique() == 1).all()


def test_a_flag_for_a_folder_that_is_not_there(flags, tmp_path, fedser):
    code, _, err = fedser("paper", REPOSITORY / "configs" / "paper.toml", "--iemocap", tmp_path / "gone")
    assert (code, err.count("\n")) == (2, 1)
    assert "--iemocap" in err


def test_a_corpus_without_a_flag_is_asked_for(flags, tmp_path, fedser, small):
    command = ["paper", REPOSITORY / "configs" / "paper.toml", *flags[:4], "--run", tmp_path / "run", *small]
    code, _, err = fedser(*command)
    assert code == 2
    assert "msp-podcast" in err.splitlines()[-1]


def test_a_corpus_without_words_is_refused_by_an_encoder_of_words(flags, small, tmp_path, fedser):
    place = small.index(next(part for part in small if part.startswith("transcription.model=")))
    wordless = [*small[: place - 1], *small[place + 1 :]]
    config = tmp_path / "wordless.toml"
    text = (REPOSITORY / "configs" / "paper.toml").read_text(encoding="utf-8")
    before, section, rest = text.partition("[transcription]")
    assert section
    config.write_text(before + "[model]" + rest.partition("[model]")[2], encoding="utf-8")
    code, _, err = fedser("paper", config, *flags, "--run", tmp_path / "run", *wordless)
    assert code == 2
    assert 'environment P: no transcripts, so the lexical encoder "bert" would give every utterance' in err
    assert "[transcription] model" in err
