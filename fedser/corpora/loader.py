"""What the file of one corpus gives to the pipeline that all corpora share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import pandas as pd

from fedser.corpora.options import CorpusOptions

OptionsT = TypeVar("OptionsT", bound=CorpusOptions)


@dataclass(frozen=True, eq=False)
class Parsed:
    """A corpus as its files tell it, nothing filtered, labels on its own scale.

    rows: one row an utterance, in any order, with the columns utterance, path, speaker, activation,
        valence (NaN: no label), and where known gender, transcript, split, duration_s (NaN or absent: read
        from the audio's header) and reason (one of `omission.REASONS` where the files themselves say that an
        utterance is of no use, "" otherwise). Any other column is kept as an extra.
    label_range: ends of the rating scale, None unknown; labels outside are left out.
    """

    rows: pd.DataFrame
    label_range: tuple[float, float] | None
    notes: tuple[str, ...] = ()
    licence: str = ""


def _nowhere(_: Path) -> bool:
    return False


@dataclass(frozen=True)
class Loader(Generic[OptionsT]):
    """How a corpus is read.

    parse(root, options): raises CorpusError, without the name and root of the corpus, which `load` puts
        before it.
    lies_in(root): whether `root` is, or holds, this corpus; asks for names of files only.
    default_root: where the corpus is kept if the user does not say; None where the user must.
    """

    options: type[OptionsT]
    parse: Callable[[Path, OptionsT], Parsed]
    lies_in: Callable[[Path], bool] = _nowhere
    default_root: Callable[[], Path] | None = None
