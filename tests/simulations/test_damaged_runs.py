"""Run folders that a disk has damaged, or a person has edited: a line that names the file, and a way out."""

import json
import re
import shutil

import pytest

from fedser.errors import StorageError
from fedser.protocol.stage_files import read_record
from tests.simulations.test_paper import contents

STAGE = "checkpoints/seed-1/gem-speaker/stage-2.safetensors"


@pytest.fixture
def copy(reference, tmp_path):
    """A finished run that may be spoilt."""
    return shutil.copytree(reference, tmp_path / "run")


def refused(answer, *parts):
    """Exit code 2, and one line that holds all of `parts`."""
    code, _, err = answer
    assert code == 2, err
    [line] = [line for line in err.splitlines() if line.startswith("fedser: ")]
    assert "Traceback" not in err
    assert all(part in line for part in parts), line


def edit(path, old, new, count=1):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))


def change_a_score(folder, value):
    lines = (folder / "scores.csv").read_text().splitlines()
    lines[2] = f"{lines[2].rpartition(',')[0]},{value}"
    (folder / "scores.csv").write_text("\n".join(lines) + "\n")


def leave_rows_out(folder):
    lines = (folder / "scores.csv").read_text().splitlines()
    (folder / "scores.csv").write_text("\n".join(lines[:40] + lines[60:]) + "\n")


EDITS = {
    "a CCC of 99": (lambda f: change_a_score(f, 99), "scores.csv: line 3", "is 99, expected a number from"),
    "NaN": (lambda f: change_a_score(f, "nan"), "scores.csv: line 3", '"nan", expected a number'),
    "rows missing": (leave_rows_out, "scores.csv: no test", "resume the run"),
    "a score that could be": (lambda f: change_a_score(f, 0.25), "scores.csv: changed since the run", ""),
    "a joint one": (lambda f: edit(f / "scores.csv", "joint", "exper"), "scores.csv: no test", ""),
    "a cost": (lambda f: edit(f / "costs.csv", ",", ", ", 3), "costs.csv", ""),
    "a prediction": (
        lambda f: edit(f / "predictions.csv", "0.", "0.1"),
        "predictions.csv: changed since the run",
        "",
    ),
    "z-scores": (
        lambda f: edit(f / "standardisers.json", "[", "[1.5, "),
        "standardisers.json: changed",
        "put the file",
    ),
    "the configuration": (lambda f: edit(f / "config.toml", "width = 8", "width = 9"), "config.toml: changed", ""),
    "a table gone": (lambda f: (f / "standardisers.json").unlink(), "standardisers.json: gone", "delete run.json"),
    "a record of nothing": (lambda f: (f / "run.json").write_text("[]"), "run.json: expected an object", ""),
    "a record cut": (lambda f: (f / "run.json").write_text("{"), "run.json: not a readable JSON", ""),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_report_says_what_was_edited(copy, fedser, name):
    change, *parts = EDITS[name]
    change(copy)
    refused(fedser("report", copy), *parts)


def test_what_was_edited_is_written_anew_from_the_checkpoints(tiny, reference, copy, fedser):
    change_a_score(copy, 0.25)
    (copy / "run.json").unlink()
    assert fedser(*tiny.command(copy, "--workers", 1))[0] == 0
    assert contents(copy) == contents(reference)
    assert (
        json.loads((copy / "run.json").read_text())["digests"]
        == json.loads((reference / "run.json").read_text())["digests"]
    )


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def as_folder(path):
    path.unlink()
    path.mkdir()


def of_another(stage):
    return lambda path: shutil.copy(path.parents[3] / stage, path)


DAMAGE = {
    "a bit": (flip, "damaged (its checksum does not fit"),
    "all of it": (lambda path: path.write_bytes(b""), "damaged ("),
    "a folder": (as_folder, "damaged ("),
    "another seed's": (
        of_another("checkpoints/seed-0/gem-speaker/stage-2.safetensors"),
        "is of stage seed-0/gem-speaker/stage-2.safetensors, expected stage seed-1/",
    ),
    "another arm's": (
        of_another("checkpoints/seed-1/exper-random/stage-2.safetensors"),
        "is of stage seed-1/exper",
    ),
    "another stage": (
        of_another("checkpoints/seed-1/gem-speaker/stage-3.safetensors"),
        "is of stage seed-1/gem-s",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_checkpoint_is_named(copy, name):
    harm, said = DAMAGE[name]
    harm(copy / STAGE)
    with pytest.raises(StorageError, match=rf"{STAGE}: .*{re.escape(said)}.*; delete this file and resume$"):
        read_record(copy / STAGE)


def test_a_damaged_checkpoint_is_made_again(tiny, reference, copy, fedser):
    (copy / "run.json").unlink()  # as a run that was killed before its end
    flip(copy / STAGE)
    refused(fedser(*tiny.command(copy, "--workers", 1)), f"{STAGE}: damaged (", "delete this file and resume")
    (copy / STAGE).unlink()
    assert fedser(*tiny.command(copy, "--workers", 1))[0] == 0
    assert contents(copy) == contents(reference)


@pytest.mark.parametrize("content", ["[]", "{}", "", "null", '{"timings": 3}', '{"config_digest": "another"}'])
def test_a_damaged_record_stops_a_run(tiny, copy, fedser, content):
    (copy / "run.json").write_text(content)
    refused(fedser(*tiny.command(copy, "--workers", 1)), "run.json: ", "delete this file and resume the run")


@pytest.mark.parametrize("name", ["config.toml", "run.json"])
def test_a_folder_where_a_file_should_be_is_named(tiny, copy, fedser, name):
    as_folder(copy / name)
    refused(fedser(*tiny.command(copy, "--workers", 1)), f"{name}: damaged (")
