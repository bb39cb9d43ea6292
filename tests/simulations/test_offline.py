"""--offline: no network is asked, and the error for a model that is not here names the ways out."""

import socket

import huggingface_hub
import pytest

from fedser.features import checkpoint
from tests.silent_hub import silent_hub
from tests.small_checkpoints import save_bert

ABSENT = "fedser-tests/there-is-no-such-model"
SECTIONS = {
    "acoustic": f'[features]\nacoustic = "hubert"\nacoustic_options = {{ checkpoint = "{ABSENT}" }}\n',
    "lexical": f'[features]\nlexical = "bert"\nlexical_options = {{ checkpoint = "{ABSENT}" }}\n',
    "transcription": f'[transcription]\nmodel = "{ABSENT}"\n',
}


@pytest.fixture(autouse=True)
def no_hub(monkeypatch):
    """Whoever asks the hub all the same fails the test."""
    monkeypatch.setattr(checkpoint, "_hub_answers", lambda: pytest.fail("the hub was asked"))
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("the network was used"))


@pytest.mark.parametrize("command", ["paper", "extract"])
@pytest.mark.parametrize("kind", SECTIONS)
def test_the_error_names_the_ways_out(tiny, tmp_path, fedser, kind, command):
    config = tmp_path / "absent.toml"
    config.write_text(tiny.config.read_text() + SECTIONS[kind])
    run = ["--run", tmp_path / "run"] if command == "paper" else []
    code, _, err = fedser(command, config, "--data", tiny.data, "--offline", *run)
    assert (code, err.count("\n")) == (2, 1), err
    for part in (ABSENT, "offline is set", "name a local folder", "fill the Hugging Face cache", ", or "):
        assert part in err
    assert not (tmp_path / "run").exists()


def test_folders_and_embedded_encoders_need_no_network(tiny, tmp_path, fedser):
    (tmp_path / "bert").mkdir()
    config = tmp_path / "local.toml"
    folder = save_bert(tmp_path / "bert")
    section = f'[features]\nlexical = "bert"\nlexical_options = {{ checkpoint = "{folder}" }}\n'
    config.write_text(tiny.config.read_text() + section)
    code, out, err = fedser("extract", config, "--data", tiny.data, "--offline", "--workers", 1)
    assert code == 0, err
    assert out.splitlines()[0] == "home: 50 utterances, 0 left out"


def test_a_run_begun_with_network_is_resumed_without(tiny, tmp_path, fedser):
    short = ["--workers", 1, "--seeds", 1, "--set", 'arms=["finetuning"]', "--set", "training.max_epochs=1"]
    command = ["paper", tiny.config, "--data", tiny.data, "--run", tmp_path / "run", *short]
    assert fedser(*command)[0] == 0
    assert fedser(*command, "--offline")[0] == 0
    assert "offline = true" not in (tmp_path / "run" / "config.toml").read_text()


def test_without_network_and_without_the_flag_a_silent_hub_is_asked_once(tiny, tmp_path, fedser, monkeypatch):
    monkeypatch.undo()
    config = tmp_path / "absent.toml"
    config.write_text(tiny.config.read_text() + SECTIONS["acoustic"])
    with silent_hub() as hub:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.endpoint)
        monkeypatch.setattr(checkpoint, "ANSWER_S", 0.2)
        code, _, err = fedser("extract", config, "--data", tiny.data)
        assert hub.times_asked() == 1
    assert (code, err.count("\n")) == (2, 1), err
    assert f"{hub.endpoint} does not answer" in err
