"""run.json and config.toml, which every kind of run has."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedser.errors import RunError

Record = Mapping[str, Any]

ONE_DEVICE = "one-device"
"""The kind of run that did not say so in run.json of old."""

_PLURALS = {int: "whole numbers", str: "names"}


def read_json(folder: Path) -> dict[str, Any]:
    """Return run.json, of a finished run or not; raises RunError if there is none, or it is broken."""
    path = folder / "run.json"
    if not path.is_file():
        raise RunError(
            f"{folder}: not a run folder: it has no run.json; give the folder that a run was written to"
        )
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RunError(f"{path}: not a readable JSON file ({error})") from None
    if not isinstance(record, dict):
        raise RunError(f"{path}: expected an object with seeds and environments")
    return record


def kind_of(record: Record) -> str:
    """Return what kind of run a record is of."""
    return str(record.get("kind", ONE_DEVICE))


def read_finished(folder: Path, kind: str) -> dict[str, Any]:
    """Return run.json; raises RunError if the run is of another kind, or is not finished."""
    record = read_json(folder)
    if kind_of(record) != kind:
        raise RunError(f'{folder / "run.json"}: "kind" is "{kind_of(record)}", expected "{kind}"')
    if not record.get("finished"):
        raise RunError(f"{folder}: this run is not finished; start it again with --run to resume it")
    return record


def read_scored(folder: Path, kind: str) -> dict[str, Any]:
    """Return run.json of a run that scores environments over seeds: these and its notes checked as well."""
    path, record = folder / "run.json", read_finished(folder, kind)
    for key, what in (("seeds", int), ("environments", str)):
        if not _are_different(record.get(key), what):
            raise RunError(
                f'{path}: "{key}" must be a list of different {_PLURALS[what]}, got {record.get(key)!r}'
            )
    notes = record.get("notes", {})
    if not isinstance(notes, dict) or not all(isinstance(value, list) for value in notes.values()):
        raise RunError(f'{path}: "notes" must hold a list of texts for each environment')
    return record


def read_config(folder: Path) -> str:
    """Return config.toml as text."""
    path = folder / "config.toml"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RunError(f"{path}: no such file; a run folder has one, run the experiment again") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path}: cannot be read ({error})") from None


def notes_of(record: Record, environments: Sequence[str]) -> tuple[str, ...]:
    """Return what every table must say, each note once, naming its environments where it is not about all."""
    places: dict[str, list[str]] = {}
    for environment in environments:
        for note in record.get("notes", {}).get(environment, []):
            places.setdefault(str(note), []).append(environment)
    return tuple(
        note if len(where) == len(environments) else f"{', '.join(where)}: {note}"
        for note, where in places.items()
    )


def _are_different(values: object, kind: type) -> bool:
    """Whether `values` is a list of at least one `kind`, none twice."""
    if not isinstance(values, list) or not values or any(type(value) is not kind for value in values):
        return False
    return len(set(values)) == len(values)
