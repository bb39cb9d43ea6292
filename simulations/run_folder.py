"""The folder of a run: new, resumed or finished; one process at a time."""

import itertools
import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli_w
from filelock import FileLock, Timeout

from fedser.config import Section
from fedser.errors import RunError, UserError
from fedser.seals import digest_of
from fedser.spelling import has_control, shown
from fedser.whole_files import remove_drafts, write_text


def default_folder(name: str) -> Path:
    """Return `runs/<name>-<time>`, which does not exist yet, for a run whose folder was not named."""
    first = Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    later = (first.with_name(f"{first.name}-{count}") for count in itertools.count(2))
    return next(folder for folder in itertools.chain([first], later) if not folder.exists())


@contextmanager
def claim(folder: Path, config: Section) -> Iterator[None]:
    """Make the folder or take it up again, and keep other processes out.

    Raises RunError if it cannot be written, is in use, holds something else, or another configuration's run.
    """
    if has_control(str(folder)):
        raise RunError(f"{shown(str(folder))} holds a control character; choose another --run")
    text = config_text(config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The system lets go of it when this process ends, however it ends.
        lock = FileLock(folder / ".lock", timeout=0).acquire()
    except Timeout:
        raise RunError(f"{folder}: another process is writing this run; wait for it or end it") from None
    except OSError as error:
        raise RunError(f"{folder}: cannot write the run here ({error.strerror}); choose another --run") from None
    with lock:
        remove_drafts(folder)
        _claim_config(folder, config, text)
        yield


def config_text(config: Section) -> str:
    """Return `config.toml`: a configuration with all that it takes by default."""
    return tomli_w.dumps(_without_none(config.model_dump()))


def identity_of(folder: Path, data_digest: str) -> str:
    """Return what tells the run in a folder from others: a digest of its configuration and its data."""
    return digest_of(_digest_of_config(folder).encode(), data_digest.encode())


def is_finished(folder: Path) -> bool:
    """Return whether the run has come to its end."""
    return bool(read_record(folder).get("finished"))


def read_record(folder: Path) -> dict[str, Any]:
    """Return `run.json`, or {} if there is none yet; raises RunError if it is damaged, or another run's."""
    path = folder / "run.json"
    if not path.exists():
        return {}
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{path}: damaged ({error}); delete this file and resume the run") from None
    if (
        not isinstance(record, dict)
        or not record
        or any(not isinstance(record.get(key, kind()), kind) for key, kind in _KEYS.items())
    ):
        raise RunError(f"{path}: damaged (not the record of a run); delete this file and resume the run")
    if record.get(_OF, _digest_of_config(folder)) != _digest_of_config(folder):
        raise RunError(f"{path}: is of another run than config.toml; delete this file and resume the run")
    return record


_OF = "config_digest"
_KEYS = {"data_digest": str, "finished": str, "timings": list, "notes": dict, "warnings": list}


def _digest_of_config(folder: Path) -> str:
    config = folder / "config.toml"
    return digest_of(config.read_bytes()) if config.is_file() else ""


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Write `run.json`, whole or not at all."""
    record = record | {_OF: _digest_of_config(folder)}
    write_text(folder / "run.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def _claim_config(folder: Path, config: Section, text: str) -> None:
    path = folder / "config.toml"
    if not path.exists():
        strangers = sorted(item.name for item in folder.iterdir() if item.name != ".lock")
        if strangers:
            raise RunError(f"{folder}: not a run folder (it holds {strangers[0]}); choose a new or empty --run")
        write_text(path, text)
        return
    try:
        stored = path.read_text(encoding="utf-8")
        tomllib.loads(stored)
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: damaged ({error}); put it back, or choose another --run") from None
    if stored == text:
        return
    if _has_begun(folder) or not _was_written_here(stored, type(config)):
        raise RunError(
            f"{folder}: holds a run of another configuration ({_first_difference(stored, text)}); "
            "choose another --run, or resume with the configuration it was begun with"
        )
    # It was refused before anything was learnt: the mended configuration may have the folder.
    write_text(path, text)


def _was_written_here(stored: str, kind: type[Section]) -> bool:
    """Return whether a file holds a configuration of this kind just as a run writes it; others are left alone."""
    try:
        return config_text(kind.read(tomllib.loads(stored), "config.toml")) == stored
    except UserError:
        return False


def _has_begun(folder: Path) -> bool:
    """Return whether a run folder holds more than a configuration and what was prepared for it."""
    prepared = {folder / name for name in (".lock", "config.toml", "data", "server", "checkpoints")}
    left = [item for item in folder.iterdir() if item not in prepared]
    left += [item for item in (folder / "checkpoints").glob("*") if item.name != "data"]
    return bool(left)


def _first_difference(stored: str, wanted: str) -> str:
    """Name the first key in which two configurations differ."""
    before, after = _flat(tomllib.loads(stored)), _flat(tomllib.loads(wanted))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            return f"{key} is {before.get(key, 'absent')} there, {after.get(key, 'absent')} here"
    return "the files differ"


def _flat(values: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(values, dict):
        return {k: v for key, value in values.items() for k, v in _flat(value, f"{prefix}.{key}").items()}
    if isinstance(values, list) and any(isinstance(value, dict) for value in values):
        return {k: v for n, value in enumerate(values) for k, v in _flat(value, f"{prefix}[{n}]").items()}
    return {prefix.removeprefix("."): values}


def _without_none(values: Any) -> Any:
    """TOML has no null: an option left empty is left out."""
    if isinstance(values, dict):
        return {key: _without_none(value) for key, value in values.items() if value is not None}
    if isinstance(values, list):
        return [_without_none(value) for value in values]
    return values
