"""What a device measures of itself and does not tell, on its own disk: one file a round.

Statistics of its own speech always, and under [privacy] all that it would report.

It never travels. In a simulation these files lie in the run folder, and the experimenter, who is no party to the
federation, reads them to know what protection has cost; on real devices they stay there.
"""

from pathlib import Path
from typing import Any

from fedser.whole_files import read_record, write_record


def keep(folder: Path, round: int, values: dict[str, Any]) -> None:
    """Store a round's figures in the folder of an arm of a seed of a device."""
    write_record(_file(folder, round), values, {"round": round}, durable=False)


def read(folder: Path, round: int) -> dict[str, Any] | None:
    """Return a round's figures, or None where they are elsewhere; raises StorageError for a damaged file."""
    path = _file(folder, round)
    return read_record(path, {"round": round}, "start the run anew") if path.exists() else None


def _file(folder: Path, round: int) -> Path:
    return folder / f"own-{round:05d}.json"
