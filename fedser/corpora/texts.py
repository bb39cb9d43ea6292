"""Text files of corpora that are older than the habit of UTF-8."""

import codecs
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from fedser.spelling import one_form

_THREADS = 8
"""On a network disk every small file costs a round trip, so several are under way at once."""

_BATCH = 64
"""Files handed to a thread at a time."""


def read_text(path: Path) -> str:
    """Return the text of a file: UTF-16 where its byte order mark says so, else UTF-8, else Windows-1252.

    It is in Unicode's normal form C.
    """
    return one_form(_decoded(path.read_bytes()))


def _decoded(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def read_lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines of a file that are not blank, stripped, with their numbers from 1."""
    # Not `splitlines`, which also breaks at form feeds and other rare characters.
    lines = read_text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]


def read_words(paths: Mapping[str, Path]) -> dict[str, str]:
    """Return the text of many files, by key, each run of white space as one blank."""
    files = list(paths.values())
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    with ThreadPoolExecutor(_THREADS) as threads:
        words = chain.from_iterable(threads.map(_words_of, batches))
        return dict(zip(paths, words, strict=True))


def text_files(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the .txt files in and below some folders by their name without the ending; the first one counts."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.txt"), key=str):
            # macOS leaves a "._name" beside a file on foreign disks.
            if not path.name.startswith("."):
                found.setdefault(one_form(path.stem), path)
    return found


def _words_of(paths: list[Path]) -> list[str]:
    return [" ".join(read_text(path).split()) for path in paths]
