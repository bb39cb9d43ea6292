"""run.json of a moving-devices run."""

from pathlib import Path

from fedser.errors import RunError
from fedser.protocol.arms import COLUMNS, MODES, Arm
from fedser.results.record import Record, read_scored

KIND = "moving"
"""What run.json calls such a run."""
SPENT = ("mechanism", "delta", "clip", "sampling", "unit", "published_together")
"""What `privacy` holds once it has `arms`."""
SPENT_BY_ARM = (
    *("arm", "noise_multiplier", "sampling_rate", "rounds"),
    *("epsilon", "epsilon_device", "epsilon_owner"),
)
"""What each of these holds."""


def read_record(folder: Path) -> Record:
    """Return run.json; raises RunError, in one line, if it is not that of a finished moving-devices run."""
    path, record = folder / "run.json", read_scored(folder, KIND)
    for key in ("rounds", "devices"):
        if type(record.get(key)) is not int or record[key] < 1:
            raise RunError(f'{path}: "{key}" must be a whole number ≥ 1, got {record.get(key)!r}')
    _check_spent(path, record)
    return record


def _check_spent(path: Path, record: Record) -> None:
    """Raise RunError where what was spent of privacy is told as an earlier version did, or not at all."""
    spent = record.get("privacy", {})
    told = isinstance(spent, dict)
    arms = spent.get("arms", []) if told else []
    told = told and isinstance(arms, list) and all(isinstance(arm, dict) for arm in arms)
    lacking = [key for key in SPENT if key not in spent] if told and arms else []
    lacking += [key for key in SPENT_BY_ARM if told and any(key not in arm for arm in arms)]
    if lacking or not told:
        without = f'without "{lacking[0]}"' if lacking else "in another form"
        raise RunError(
            f'{path}: "privacy" is {without}: an earlier state of fedser wrote it (version '
            f"{record.get('fedser', 'unknown')}, commit {record.get('git_commit') or 'unknown'}); report the run "
            "with that, or run its config.toml again in a new folder"
        )


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
