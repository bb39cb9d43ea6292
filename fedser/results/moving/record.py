"""run.json of a moving-devices run."""

from pathlib import Path

from fedser.errors import RunError
from fedser.protocol.arms import COLUMNS, MODES, Arm
from fedser.results.record import Record, read_scored

KIND = "moving"
"""What run.json calls such a run."""


def read_record(folder: Path) -> Record:
    """Return run.json; raises RunError, in one line, if it is not that of a finished moving-devices run."""
    path, record = folder / "run.json", read_scored(folder, KIND)
    for key in ("rounds", "devices"):
        if type(record.get(key)) is not int or record[key] < 1:
            raise RunError(f'{path}: "{key}" must be a whole number ≥ 1, got {record.get(key)!r}')
    return record


def read_arms(path: Path, record: Record) -> tuple[Arm, ...]:
    """Return the arms in the order of the config; raises RunError if one is not an arm, or there twice."""
    arms = record.get("arms")
    if not isinstance(arms, list) or not arms:
        raise RunError(f'{path}: "arms" must be a list of arms, got {arms!r}')
    read = []
    for arm in arms:
        if (
            not isinstance(arm, dict)
            or set(arm) - {"rule"} != {"mode", "method", "memory"}
            or arm["mode"] not in MODES
        ):
            raise RunError(
                f'{path}: "arms" holds {arm!r}, expected "mode" ({", ".join(MODES)}), "method" and "memory"'
            )
        read.append(Arm(**{column: str(arm.get(column, "")) for column in COLUMNS}))
    if len(set(read)) != len(read):
        raise RunError(f'{path}: "arms" holds an arm twice; expected each once')
    return tuple(read)
