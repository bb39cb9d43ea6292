"""What a device under [privacy] measures of itself, on its own disk: one file a round.

It never travels. In a simulation these files lie in the run folder, and the experimenter, who is no party to the
federation, reads them to know what protection has cost; on real devices they stay there.
"""

import json
from pathlib import Path
from typing import Any

from fedser.errors import RunError
from fedser.whole_files import write_text


def keep(folder: Path, round: int, values: dict[str, Any]) -> None:
    """Store a round's figures in the folder of an arm of a seed of a device."""
    write_text(_file(folder, round), json.dumps(values) + "\n", durable=False)


def read(folder: Path, round: int) -> dict[str, Any] | None:
    """Return a round's figures, or None where they are elsewhere; raises RunError for a damaged file."""
    path = _file(folder, round)
    if not path.exists():
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: damaged ({error}); start the run anew") from None
    return values


def _file(folder: Path, round: int) -> Path:
    return folder / f"own-{round:05d}.json"
