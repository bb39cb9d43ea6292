"""Whether the files of a finished run are still those that it wrote: run.json keeps a digest of each."""

from pathlib import Path

from fedser.errors import RunError
from fedser.results.record import Record
from fedser.seals import digest_of

FILES = "digests"
"""The section of run.json."""

_BESIDE_TABLES = ("config.toml", "standardisers.json")


def digests_of(folder: Path) -> dict[str, str]:
    """Return the digests of what a run leaves beside its checkpoints and its report, by name."""
    files = [*sorted(folder.glob("*.csv")), *(folder / name for name in _BESIDE_TABLES)]
    return {file.name: digest_of(file.read_bytes()) for file in files if file.is_file()}


def check_untouched(folder: Path, record: Record) -> None:
    """Raise RunError if a file is another than the run wrote; versions that kept no digests had none to compare.

    For the end of reading a run: what cannot be read, or cannot be true, says so itself, and better.
    """
    kept = record.get(FILES, {})
    found = digests_of(folder)
    for name in sorted(kept):
        if found.get(name) != kept[name]:
            what = "changed since the run wrote it" if name in found else "gone"
            raise RunError(
                f"{folder / name}: {what}; put the file back, or delete run.json and resume the run, which then "
                "writes its tables anew from its checkpoints"
            )
