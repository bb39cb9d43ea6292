"""What the file of one corpus gives to the pipeline that all corpora share.

    LAYOUT = Layout(homes=("tess",), audio="*/*", stem=re.compile(r"(OAF|YAF)_.+"), example="OAF_back_angry.wav")

    @fedser.register
    class Tess(fedser.CorpusLoader):
        name = "tess"
        layout = LAYOUT

        def parse(self, root):
            rows = [row(path, name) for path, name in LAYOUT.find(root).files]
            return Parsed(pd.DataFrame(rows), label_range=(-1.0, 1.0))

A configuration then says `corpus = "tess"`, and `fedser corpora` finds it.
"""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from fedser.corpora.layout import Layout
from fedser.corpora.options import CorpusOptions


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


class CorpusLoader(CorpusOptions):
    """How a corpus is read; derive from it to add one. Its fields are options beside those all corpora take."""

    extends: ClassVar[str] = "corpora"
    name: ClassVar[str]
    layout: ClassVar[Layout | None] = None
    """How its files lie and are named, if that tells it from others."""

    @abstractmethod
    def parse(self, root: Path) -> Parsed:
        """Return the corpus in `root`; raises CorpusError, without name and root, which `load` puts before it."""

    @classmethod
    def lies_in(cls, root: Path) -> bool:
        """Return whether `root` is, or holds, this corpus; asks for names of files only."""
        return cls.layout is not None and cls.layout.lies_in(root)

    @classmethod
    def default_root(cls) -> Path | None:
        """Return where the corpus is kept if the user does not say; None where the user must."""
        return None
