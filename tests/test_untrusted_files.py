"""What a stranger's files can make fedser do: be read, and nothing else.

Each trap is a pickle, a tag of YAML or a module that writes a file when it is run; the file must not appear.
"""

import ast
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from fedser.acoustics import kept
from fedser.corpora import load
from fedser.errors import CorpusError, FeatureError
from fedser.features import acoustic_encoder, lexical_encoder
from tests.corpora.audformat_tree import add_files, add_labels, build_audformat, header
from tests.small_checkpoints import save_acoustic, save_bert

REPOSITORY = Path(__file__).parent.parent
PACKAGES = ("fedser", "clients", "simulations")


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return (Path.write_text, (self.witness, "run"))


@pytest.fixture
def witness(tmp_path):
    """The file that a trap writes."""
    file = tmp_path / "witness"
    pickle.loads(pickle.dumps(Trap(file)))
    assert file.read_text() == "run", "the trap works"
    file.unlink()
    return file


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command line in this process; return the code, what it printed and what it complained of."""
    from simulations.cli import main

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["fedser", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


@pytest.mark.parametrize("stored_as", ["csv", "parquet"])
def test_a_pickle_beside_a_table_is_not_opened(stored_as, tmp_path, witness, command):
    root = build_audformat(tmp_path / "db")
    clean = load("audformat", root).table
    for table in root.glob("db.*.parquet"):
        table.unlink()
    add_files(add_labels(header())).save(str(root), storage_format=stored_as)
    for table in sorted(root.glob(f"db.*.{stored_as}")):
        table.with_suffix(".pkl").write_bytes(pickle.dumps(Trap(witness)))

    code, out, _ = command("corpora", root)

    assert code == 0
    assert "audformat" in out
    assert load("audformat", root).table.equals(clean)
    assert not witness.exists()


def test_a_table_that_is_a_pickle_only_is_refused_by_name(tmp_path, witness, command):
    root = build_audformat(tmp_path / "db")
    (root / "db.files.parquet").unlink()
    (root / "db.files.pkl").write_bytes(pickle.dumps(Trap(witness)))

    code, _, err = command("corpora", root)

    assert code == 2
    assert 'the table "files" is there as a pickle only, which could run any code' in err
    assert err.count("\n") == 1
    assert not witness.exists()


def test_a_table_without_a_file_is_named(tmp_path):
    root = build_audformat(tmp_path / "db")
    (root / "db.files.parquet").unlink()

    with pytest.raises(CorpusError, match='the table "files" has no file'):
        load("audformat", root)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.mkdir", "!!python/object/new:os.mkdir"])
def test_a_tag_of_python_in_the_header_is_not_obeyed(tag, tmp_path, witness, command):
    root = build_audformat(tmp_path / "db")
    text = (root / "db.yaml").read_text(encoding="utf-8")
    (root / "db.yaml").write_text(f"{text}meta: {tag} [{witness}]\n", encoding="utf-8")

    code, _, err = command("corpora", root)

    assert code == 2
    assert "not readable as an audformat database" in err
    assert err.count("\n") == 1
    assert not witness.exists()


def test_a_module_in_the_folder_one_works_in_is_not_imported(tmp_path, witness, command, monkeypatch):
    root = build_audformat(tmp_path / "db")
    for name in ("audeer", "yaml", "pyarrow", "sitecustomize", "tess"):
        (root / f"{name}.py").write_text(f"open({str(witness)!r}, 'w').close()")
    monkeypatch.chdir(root)

    assert command("corpora", ".")[0] == 0
    assert str(root) not in sys.path
    assert not witness.exists()


@pytest.mark.parametrize("kind", ["acoustic", "lexical"])
def test_weights_that_are_a_pickle_are_not_obeyed(kind, tmp_path, witness):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    save_acoustic("wav2vec2", folder) if kind == "acoustic" else save_bert(folder)
    (folder / "model.safetensors").unlink()
    torch.save({"weights": Trap(witness)}, folder / "pytorch_model.bin")
    encoder, content = (
        (acoustic_encoder("wav2vec2", checkpoint=str(folder)), [np.ones(1600, np.float32)])
        if kind == "acoustic"
        else (lexical_encoder("bert", checkpoint=str(folder)), ["kids"])
    )

    with pytest.raises(FeatureError, match="its weights are a pickle of more than tensors"):
        encoder.encode(content)
    assert not witness.exists()


def test_code_that_comes_with_a_checkpoint_is_not_run_nor_asked_for(tmp_path, witness):
    folder = save_acoustic("wav2vec2", tmp_path / "checkpoint")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "strange", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(witness)!r}, 'w').close()")

    with pytest.raises(FeatureError, match="no checkpoint that transformers can read"):
        acoustic_encoder("wav2vec2", checkpoint=str(folder))
    assert not witness.exists()


def test_a_pickle_in_the_cache_of_sounds_is_made_anew(tmp_path, witness, monkeypatch):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    sound = np.arange(4, dtype=np.float32)
    first = kept.keep("noise", {"a": 1}, lambda: sound)
    np.savez(first.path, sound=np.array([Trap(witness)], dtype=object))

    assert kept.keep("noise", {"a": 1}, lambda: sound).load().tolist() == [0, 1, 2, 3]
    assert not witness.exists()


_FORBIDDEN = {"read_pickle", "to_pickle", "eval", "exec", "unsafe_load", "full_load"}
_LOADERS = {"pickle", "joblib", "torch", "marshal", "shelve", "yaml"}
_PICKLES_OF_ITS_OWN = {"simulations/engines/mailbox.py"}
"""Between a process and its own workers; nothing of a user's data comes that way."""


def _risky(call):
    """Return what about a call could run what stands in a file, or ""."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else ""
    if owner in _LOADERS and name in ("load", "loads", "open"):
        return f"{owner}.{name}"
    if name in _FORBIDDEN and owner != "model":  # a model's `eval` is another
        return name
    flags = {key.arg for key in call.keywords if getattr(key.value, "value", False) is True}
    return ", ".join(flags & {"allow_pickle", "trust_remote_code"})


def test_no_code_of_fedser_unpickles_a_file():
    found = {}
    for file in [path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")]:
        name = file.relative_to(REPOSITORY).as_posix()
        calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
        if risks := [risk for call in calls if (risk := _risky(call))]:
            found[name] = risks
    assert found.keys() == _PICKLES_OF_ITS_OWN, found
