"""A configuration for corpora of one's own: `own_corpora.toml`, with the environments that a folder holds."""

import csv
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tomli_w

from fedser import corpora
from fedser.corpora.manifest import NEEDED
from fedser.errors import ConfigError, CorpusError
from simulations import shipped

TEMPLATE = "own_corpora"

_ENVIRONMENT = "[[environments]]"
_FEATURES = "[features]"


@dataclass(frozen=True)
class FoundCorpus:
    """A corpus that lies in a folder: under a name of its own, its loader, and where it is below the folder."""

    name: str
    corpus: str
    root: str


def write(name: Path, data: Path | None = None) -> Path:
    """Write a commented configuration and return its path, `.toml` being added where it lacks.

    data: a folder whose corpora become environments, in alphabetical order: CSV manifests that lie in it or in a
    folder of it, and corpora of known layouts. Without it, the file names three manifests that are yet to come.

    Raises ConfigError if there is such a file or it cannot be written, CorpusError if `data` holds no corpus.
    """
    path = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml")
    text = _text(path, None if data is None else corpora_below(data))
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path}: is there already and is left as it is; choose another name") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); choose another name") from None
    return path


def _text(path: Path, places: Sequence[FoundCorpus] | None) -> str:
    """Return the template, for this file and with these environments."""
    text = (shipped.folder() / f"{TEMPLATE}.toml").read_text(encoding="utf-8")
    text = text.replace(f"configs/{TEMPLATE}.toml", path.name, 1)
    if places is None:
        return text
    head, tail = text[: text.index(_ENVIRONMENT)], text[text.index(_FEATURES) :]
    return head + "\n".join(map(_environment, places)) + "\n" + tail


def _environment(place: FoundCorpus) -> str:
    values = {"name": place.name, "corpus": place.corpus, "root": place.root}
    option = "# options = { label_range = [1.0, 7.0] }  # labels outside are left out and counted\n"
    return f"{_ENVIRONMENT}\n{tomli_w.dumps(values)}{option if place.corpus == 'manifest' else ''}"


def corpora_below(data: Path) -> list[FoundCorpus]:
    """Return the corpora that a folder or its folders hold: known layouts, and CSV manifests.

    Raises CorpusError if there is none.
    """
    try:
        entries = [data, *sorted(data.iterdir())]
    except OSError as error:
        raise CorpusError(f"{data}: cannot be listed ({error.strerror}); name another folder") from None
    found = []
    for entry in entries:
        for corpus in corpora.corpora_in(entry):
            # A folder is also said to be what a folder in it is; that one's turn comes.
            if (entry != data or corpus == "manifest") and (corpus != "manifest" or _is_manifest(entry)):
                name = (entry.absolute() if entry == data else entry).stem
                found.append(FoundCorpus(name, corpus, os.path.relpath(entry, data)))
    if not found:
        raise CorpusError(f"{data}: holds no corpus; expected a CSV with the columns {', '.join(NEEDED)}")
    return list(_with_names_of_their_own(found))


def _is_manifest(entry: Path) -> bool:
    file = entry / "manifest.csv" if entry.is_dir() else entry
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return set(NEEDED) <= {column.strip() for column in header}


def _with_names_of_their_own(places: Sequence[FoundCorpus]) -> Iterator[FoundCorpus]:
    taken: set[str] = set()
    for place in places:
        plain = re.sub(r"[^\w .-]", "", place.name).strip() or place.corpus
        candidates = (plain, *(f"{plain} {k}" for k in range(2, len(places) + 2)))
        taken.add(name := next(candidate for candidate in candidates if candidate not in taken))
        yield replace(place, name=name)
