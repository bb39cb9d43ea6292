"""One recording under several ids: where it stands in two splits, or under two speakers, it must be said."""

import hashlib
from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path

import pandas as pd


def same_audio_notes(table: pd.DataFrame, contents: Sequence[Hashable]) -> tuple[str, ...]:
    """Return what must be said of the n utterances of a table, alike where `contents` are equal."""
    rows = table[["utterance", "split", "speaker"]].assign(
        content=pd.Series(contents, index=table.index, dtype=object)
    )
    rows = rows[rows["content"].duplicated(keep=False)]
    return (*_note(rows, "split", "in different splits"), *_note(rows, "speaker", "under different speakers"))


def contents_of(paths: Sequence[str]) -> list[Hashable]:
    """Return something for each file that is equal where their bytes are; only files of one size are read.

    A file that cannot be read is equal to no other.
    """
    sizes = [_size(path) for path in paths]
    count = Counter(sizes)
    return [_digest(path) if count[size] > 1 else path for path, size in zip(paths, sizes, strict=True)]


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1


def _digest(path: str) -> Hashable:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "blake2b").digest()
    except OSError:
        return path


def _note(rows: pd.DataFrame, column: str, where: str) -> tuple[str, ...]:
    known = rows[rows[column] != ""]
    parts = [part for _, part in known.groupby("content", sort=False) if part[column].nunique() > 1]
    if not parts:
        return ()
    first = " and ".join(parts[0].drop_duplicates(column)["utterance"].head(2))
    many = "1 recording stands" if len(parts) == 1 else f"{len(parts)} recordings stand"
    return (f"the same audio twice: {many} under several ids {where} (the first: {first})",)
