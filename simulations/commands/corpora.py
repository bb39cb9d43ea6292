"""`fedser corpora`: Table 1 of whatever lies in some folders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from fedser import corpora
from fedser.corpora import Corpus
from fedser.corpora.catalogue import LOADERS
from fedser.corpora.counts import PUBLISHED_COUNTS, PUBLISHED_NOTES
from fedser.corpora.omission import REASONS
from fedser.corpora.same_audio import contents_of, same_audio_notes
from fedser.errors import CorpusError
from fedser.results.numerals import MINUS
from fedser.results.table import Group, Row, Table
from simulations.commands.shown_table import with_notes
from simulations.own_configuration import FoundCorpus, corpora_below
from simulations.progress import meter

_ALL = "all"
"""Stands for all splits of a corpus."""


def survey(roots: Sequence[Path], options: Mapping[str, Mapping[str, Any]] = MappingProxyType({})) -> str:
    """Return Table 1, kept and left out per split and why, of all corpora found; without roots, the embedded one.

    options: those of corpora, by their name; the others are read with their defaults.
    Raises CorpusError if a root is missing or holds no corpus that fedser knows.
    """
    found = [each for root in roots for each in _corpora_in(root)]
    loaded: list[Corpus] = []
    with meter("corpora", len(found) or 1) as progress:
        for each in found:
            progress.show("", each.name)
            corpus = corpora.load(each.corpus, Path(each.root), **options.get(each.corpus, {}))
            twice = same_audio_notes(corpus.table, contents_of(corpus.table["path"].tolist()))
            loaded.append(replace(corpus, name=each.name, notes=(*corpus.notes, *twice)))
            progress.finish("", each.name)
        if not roots:
            loaded.append(corpora.load("synthetic"))
    return with_notes(corpora_table(loaded))


def _corpora_in(root: Path) -> list[FoundCorpus]:
    """Return the corpora that a folder or manifest is, or else those that the folder holds."""
    if not root.exists():
        raise CorpusError(f"{root}: no such folder or file; give folders that hold corpora, or a CSV manifest")
    if names := corpora.corpora_in(root):
        return [FoundCorpus(name, name, str(root)) for name in names]
    try:
        return [replace(each, root=str(root / each.root)) for each in corpora_below(root)]
    except CorpusError:
        layouts = (name for name in LOADERS if name not in ("manifest", "synthetic"))
        raise CorpusError(
            f"{root}: no corpus known here; known layouts: {', '.join(layouts)}; "
            "for any other corpus write a CSV manifest (path, speaker, activation, valence)"
        ) from None


def corpora_table(loaded: Sequence[Corpus]) -> Table:
    """Return Table 1, beside the paper's counts if one of its corpora is there."""
    counts = corpora.count(loaded)
    columns = [_KEPT, *([_PUBLISHED] if counts["corpus"].isin(PUBLISHED_COUNTS).any() else []), _reasons(counts)]
    return Table(
        key="1",
        title="Utterances per split",
        caption="Labels scaled over each corpus, then utterances outside its length limits left out.",
        groups=(Group("", 2), *(Group(group.heading, len(group.header)) for group in columns if group.header)),
        header=("corpus", "split", *(name for group in columns for name in group.header)),
        blocks=tuple(_block(part, columns) for _, part in counts.groupby("corpus", sort=False)),
        notes=tuple(f"{each.name}: {note}" for each in loaded for note in _notes(each)),
        text_columns=2,
    )


@dataclass(frozen=True)
class _Columns:
    """Neighbouring columns: their heading and names, and what gives the cells of a row of counts."""

    heading: str
    header: tuple[str, ...]
    cells: Callable[[pd.Series], tuple[str, ...]]


def _kept(values: pd.Series) -> tuple[str, ...]:
    return str(int(values["kept"])), str(int(values["speakers"])), f"{values['hours']:.2f}"


_KEPT = _Columns("kept", ("utterances", "speakers", "hours"), _kept)


def _published(values: pd.Series) -> tuple[str, ...]:
    """Return the paper's count and what there is more or less than that; nothing for other corpora."""
    counts = PUBLISHED_COUNTS.get(values["corpus"], {})
    theirs = sum(counts.values()) if values["split"] == _ALL else counts.get(values["split"])
    if not theirs:
        return "", ""
    difference = int(values["kept"]) - theirs
    sign = "+" if difference > 0 else MINUS if difference < 0 else ""
    return str(theirs), f"{sign}{abs(difference)}"


_PUBLISHED = _Columns("in the paper", ("utterances", "difference"), _published)


def _reasons(counts: pd.DataFrame) -> _Columns:
    """Return a column for each reason that there is."""
    reasons = tuple(reason for reason in REASONS if counts[reason].any())
    return _Columns("left out", reasons, lambda values: tuple(str(int(values[reason])) for reason in reasons))


def _notes(corpus: Corpus) -> list[str]:
    return [note for note in (*corpus.notes, PUBLISHED_NOTES.get(corpus.name, ""), corpus.licence) if note]


def _block(counts: pd.DataFrame, columns: Sequence[_Columns]) -> tuple[Row, ...]:
    """Return a corpus' rows: its splits, and all of them together."""
    total = counts.sum(numeric_only=True).astype(object)
    total["corpus"], total["split"] = counts["corpus"].iloc[0], _ALL
    lines = [values for _, values in counts.iterrows()] + [total]
    rows = [(values["split"], *(cell for group in columns for cell in group.cells(values))) for values in lines]
    return ((str(total["corpus"]), *rows[0]), *(("", *row) for row in rows[1:]))
