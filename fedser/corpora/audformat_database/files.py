"""The files of an audformat database as data alone: nothing in them may run.

The package itself would rather read a table's pickle than the text beside it, and obeys any tag of Python's in
the header; either lets whoever made the database run code here. So the header is read by YAML's safe loader, and
tables are read from copies of their Parquet or CSV files in a folder of their own, where no pickle is.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from fedser.corpora.audformat_database.fields import Database
from fedser.errors import CorpusError

HEADER = "db.yaml"

_ENDINGS = ("parquet", "csv")
"""How a table may be stored, the first one there is read; audformat takes them in this order too."""


def read_database(root: Path) -> Database:
    """Return the database in a folder with all its tables; raises CorpusError where there is none to read."""
    if not root.is_dir():
        raise CorpusError("no such folder; expected an audformat database")
    if not (root / HEADER).is_file():
        raise CorpusError(f"no {HEADER} here; expected the folder of an audformat database")
    try:
        import audformat
        import yaml
    except ImportError:
        raise CorpusError(
            "the package audformat is not installed; pip install 'fedser[audformat]' adds it"
        ) from None
    try:
        header = yaml.safe_load((root / HEADER).read_text(encoding="utf-8"))
        database = audformat.Database.load_header_from_yaml(header)
        _load_tables(database, root, header)
    except CorpusError:
        raise
    except Exception as error:  # of any kind, from the libraries that read YAML, CSV and Parquet
        raise CorpusError(f"not readable as an audformat database: {error}") from error
    return database


def _load_tables(database: Database, root: Path, header: dict[str, Any]) -> None:
    """Load all tables now, so that their faults show; those that give labels to others first."""
    names = [name for kind in ("misc_tables", "tables") for name in header.get(kind) or {}]
    with tempfile.TemporaryDirectory(prefix="fedser-") as folder:
        for name in names:
            source = _table_file(root, name)
            shutil.copyfile(source, Path(folder) / f"table{source.suffix}")
            database[name].load(str(Path(folder) / "table"))
            (Path(folder) / f"table{source.suffix}").unlink()


def _table_file(root: Path, name: str) -> Path:
    stem = HEADER.removesuffix(".yaml")
    for ending in _ENDINGS:
        file = root / f"{stem}.{name}.{ending}"
        if file.is_file():
            return file
    if (root / f"{stem}.{name}.pkl").exists():
        raise CorpusError(
            f'the table "{name}" is there as a pickle only, which could run any code and is not opened; have who'
            ' made it save it with storage_format="csv" or "parquet"'
        )
    raise CorpusError(f'the table "{name}" has no file; expected {stem}.{name}.csv or {stem}.{name}.parquet')
