"""Finding the audio of a corpus below the folder a user names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fedser.audio import SUFFIXES
from fedser.errors import CorpusError


@dataclass(frozen=True)
class Found:
    """The audio files of a corpus with what their names say, sorted by path.

    home: the folder that `Layout.audio` starts from.
    strangers: audio files in the same places that are named otherwise.
    """

    home: Path
    files: list[tuple[Path, re.Match[str]]]
    strangers: int

    def paths(self) -> dict[str, Path]:
        """Return each file by its name without the ending; raises CorpusError if two files share a name."""
        by_name: dict[str, Path] = {}
        for path, _ in self.files:
            if by_name.setdefault(path.stem, path) != path:
                raise CorpusError(
                    f"two files of the utterance {path.stem}: {by_name[path.stem]} and {path}; keep one"
                )
        return by_name

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of files that are not taken for a part of the corpus."""
        if not self.strangers:
            return ()
        return (f"audio files left out, named otherwise than this corpus names its own: {self.strangers}",)


@dataclass(frozen=True)
class Layout:
    """Where the audio files of a corpus lie and how they are named.

    homes: usual folders, below the one a user names, where the corpus starts; lower case, any case is found.
    audio: glob from there to the audio files, of any of the endings `audio.SUFFIXES`.
    stem: pattern of the whole file name without its ending.
    example: one file of the corpus, for messages.
    """

    homes: tuple[str, ...]
    audio: str
    stem: re.Pattern[str]
    example: str

    def find(self, root: Path) -> Found:
        """Return the audio of the corpus in `root`; raises CorpusError if there is none."""
        if not root.is_dir():
            raise CorpusError(f"no such folder; expected one that holds {self.example}")
        home = self._home(root)
        if home is None:
            raise CorpusError(f"no audio of this corpus here; expected files such as {self.example}")
        files = sorted(self._audio_in(home), key=str)
        named = [(path, match) for path in files if (match := self.stem.fullmatch(path.stem))]
        return Found(home, named, len(files) - len(named))

    def lies_in(self, root: Path) -> bool:
        """Return whether `root` is, or holds, this corpus."""
        return root.is_dir() and self._home(root) is not None

    def _home(self, root: Path) -> Path | None:
        """Return the first of the usual folders that holds audio of this corpus."""
        for home in (root, *(_below(root, name) for name in self.homes)):
            if home and any(self.stem.fullmatch(path.stem) for path in self._audio_in(home)):
                return home
        return None

    def _audio_in(self, home: Path) -> Iterator[Path]:
        for path in home.glob(self.audio):
            # macOS leaves a "._name" beside a file on foreign disks.
            if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
                yield path


def _below(folder: Path, name: str) -> Path | None:
    """Return the folder `name`, of several parts perhaps, below another, whatever the case of its letters."""
    for part in name.split("/"):
        same = sorted(child for child in folder.iterdir() if child.name.lower() == part and child.is_dir())
        if not same:
            return None
        folder = same[0]
    return folder
