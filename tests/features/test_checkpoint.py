import shutil
import socket
import sys

import huggingface_hub
import pytest
import safetensors.torch
from transformers.utils import logging

from fedser.errors import FeatureError
from fedser.features import acoustic_encoder, checkpoint, lexical_encoder
from fedser.features.bert import Bert
from fedser.features.wav2vec2 import Wav2Vec2
from tests.silent_hub import silent_hub

ABSENT = "fedser-tests/there-is-no-such-model"
THREE_WAYS_OUT = (
    r'cannot get the model "fedser-tests/there-is-no-such-model" \((?P<reason>.+)\): name a local folder as the'
    r" checkpoint, fill the Hugging Face cache \(HF_HOME\) on a machine with network,"
    r' or use the embedded encoder "(logmel|ngrams)"$'
)


@pytest.mark.parametrize(("make", "name"), [(acoustic_encoder, "wav2vec2"), (lexical_encoder, "bert")])
def test_offline_the_error_names_three_ways_out_in_one_line(make, name):
    with pytest.raises(FeatureError, match=rf"^features\.{name}: {THREE_WAYS_OUT}") as error:
        make(name, checkpoint=ABSENT, offline=True)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", ["folder", "nowhere"])
def test_offline_nothing_goes_to_the_network(bert_checkpoint, monkeypatch, kind):
    """Some versions of the hub's client ask for other things than models, even where only files are wanted."""
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("the network was used"))
    if agents := sys.modules.get("huggingface_hub.utils._detect_agent"):
        monkeypatch.setattr(agents, "_registry", None)
        monkeypatch.setattr(agents, "_read_cached_registry", lambda *_, **__: None)
    before = huggingface_hub.constants.HF_HUB_OFFLINE
    if kind == "folder":
        Bert(checkpoint=str(bert_checkpoint), offline=True).encode(["happy"])
    else:
        with pytest.raises(FeatureError, match="offline is set"):
            Bert(checkpoint=ABSENT, offline=True)
    assert before == huggingface_hub.constants.HF_HUB_OFFLINE


def test_a_silent_hub_is_asked_once(monkeypatch, capfd):
    with silent_hub() as hub:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.endpoint)
        monkeypatch.setattr(checkpoint, "ANSWER_S", 0.2)
        with pytest.raises(FeatureError, match=rf"^features\.bert: {THREE_WAYS_OUT}") as error:
            Bert(checkpoint=ABSENT)
        assert hub.times_asked() == 1, "transformers would have asked many times, with growing pauses"
    assert f"not in the Hugging Face cache, and {hub.endpoint} does not answer" in str(error.value)
    assert capfd.readouterr() == ("", "")


class Shelf:
    """Stands for an Auto class: the cache holds nothing, and the hub answers as told."""

    def __init__(self, hub):
        self.hub, self.asked = hub, []

    def from_pretrained(self, source, *, local_files_only=False, **options):
        self.asked.append("cache" if local_files_only else "hub")
        if local_files_only:
            raise OSError("not in the cache")
        if isinstance(self.hub, Exception):
            raise self.hub
        return self.hub


@pytest.mark.parametrize(
    ("offline", "answers", "hub", "asked", "reason"),
    [
        (False, True, "the model", ["cache", "hub"], None),
        (False, False, "the model", ["cache"], "does not answer"),
        (True, True, "the model", ["cache"], "offline is set"),
        (
            False,
            True,
            OSError("no such repository.\nLog in, perhaps?"),
            ["cache", "hub"],
            r"\(no such repository\)",
        ),
    ],
)
def test_first_the_cache_then_the_hub(monkeypatch, offline, answers, hub, asked, reason):
    monkeypatch.setattr(checkpoint, "_hub_answers", lambda: answers)
    auto = Shelf(hub)
    source = checkpoint.Checkpoint("bert", ABSENT, offline, "ngrams")
    if reason is None:
        assert source.read(auto) == hub
    else:
        with pytest.raises(FeatureError, match=reason) as error:
            source.read(auto)
        assert "\n" not in str(error.value)
    assert auto.asked == asked


def test_a_model_in_the_cache_needs_no_network(bert_checkpoint, tmp_path, monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    home = tmp_path / "models--fedser-tests--small"
    shutil.copytree(bert_checkpoint, home / "snapshots" / commit)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(checkpoint, "_hub_answers", lambda: pytest.fail("the hub was asked"))
    cached = Bert(checkpoint="fedser-tests/small")
    assert cached.settings["checkpoint"] == f"fedser-tests/small@{commit}"
    assert cached.encode(["happy"]).tobytes() == Bert(checkpoint=str(bert_checkpoint)).encode(["happy"]).tobytes()


def test_the_fingerprint_is_the_content_not_the_place(bert_checkpoint, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(bert_checkpoint, moved)
    (moved / "README.md").write_text("words")
    assert Bert(checkpoint=str(moved)).settings == Bert(checkpoint=str(bert_checkpoint)).settings
    weights = safetensors.torch.load_file(moved / "model.safetensors")
    weights["embeddings.word_embeddings.weight"][0, 0] += 1
    safetensors.torch.save_file(weights, moved / "model.safetensors", metadata={"format": "pt"})
    assert Bert(checkpoint=str(moved)).settings != Bert(checkpoint=str(bert_checkpoint)).settings


def test_missing_weights_are_not_made_up(bert_checkpoint, tmp_path):
    folder = tmp_path / "torn"
    shutil.copytree(bert_checkpoint, folder)
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    for key in [key for key in weights if key.startswith(("pooler", "encoder.layer.1.output.dense"))]:
        del weights[key]
    safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FeatureError, match=r"lacks 2 of its weights \(encoder\.layer\.1\.output\.dense\.bias"):
        Bert(checkpoint=str(folder)).encode(["happy"])


def test_torn_weights_are_one_line(bert_checkpoint, tmp_path):
    folder = tmp_path / "torn"
    shutil.copytree(bert_checkpoint, folder)
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(5000)
    with pytest.raises(
        FeatureError, match=r"^features\.bert: the folder .*torn is no checkpoint [^\n]*save_pretrained writes$"
    ):
        Bert(checkpoint=str(folder)).encode(["happy"])


@pytest.mark.parametrize("source", ["/no/such/folder", "./models/x", "~/no-such-model", "a/b/c", "..\\x"])
def test_a_missing_folder_is_not_taken_for_a_hub_name(source):
    with pytest.raises(
        FeatureError, match=r"^features\.wav2vec2: no such folder: [^\n]*; expected a checkpoint's folder"
    ):
        Wav2Vec2(checkpoint=source)


def test_a_folder_that_is_no_checkpoint(tmp_path):
    with pytest.raises(
        FeatureError, match=r"^features\.bert: the folder [^\n]* is no checkpoint[^\n]*save_pretrained writes$"
    ):
        Bert(checkpoint=str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(FeatureError, match=r"^features\.bert: the folder [^\n]* is no checkpoint[^\n]*$"):
        Bert(checkpoint=str(tmp_path))


def test_loading_leaves_transformers_logging_as_it_was(bert_checkpoint):
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    Bert(checkpoint=str(bert_checkpoint)).encode(["happy"])
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
