"""`fedser corpora`: Table 1 of whatever lies in some folders."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fedser import corpora
from fedser.corpora import Corpus
from fedser.corpora.reasons import REASONS
from fedser.errors import CorpusError
from fedser.results.renderers import text
from fedser.results.tables.table import Group, Row, Table
from simulations.progress import meter


def survey(roots: Sequence[Path]) -> str:
    """Return Table 1, kept and left out per split and why, of all corpora found; without roots, the embedded one.

    Raises CorpusError if a root is missing or holds no corpus that fedser knows.
    """
    found = [(name, root) for root in roots for name in _corpora_in(root)]
    loaded: list[Corpus] = []
    with meter("corpora", len(found) or 1) as progress:
        for name, root in found:
            progress.show("", name)
            loaded.append(corpora.load(name, root))
            progress.finish("", name)
        if not roots:
            loaded.append(corpora.load("synthetic"))
    return text.render(_table(loaded))


def _corpora_in(root: Path) -> tuple[str, ...]:
    if not root.exists():
        raise CorpusError(f"{root}: no such folder or file; give folders that hold corpora, or a CSV manifest")
    names = corpora.corpora_in(root)
    if not names:
        raise CorpusError(
            f"{root}: no corpus known here; known layouts: ravdess, nemo, emotiontts, emodb, cremad; "
            "for any other corpus write a CSV manifest (path, speaker, activation, valence)"
        )
    return names


def _table(loaded: Sequence[Corpus]) -> Table:
    counts = corpora.count(loaded)
    reasons = [reason for reason in REASONS if counts[reason].any()]
    kept = ("kept", "speakers", "hours")
    groups = [Group("", 2), Group("kept", len(kept))]
    if reasons:
        groups.append(Group("left out", len(reasons)))
    return Table(
        key="1",
        title="Utterances per split",
        caption="Labels scaled over each corpus, then utterances outside its length limits left out.",
        groups=tuple(groups),
        header=("corpus", "split", "utterances", "speakers", "hours", *reasons),
        blocks=tuple(_block(part, reasons) for _, part in counts.groupby("corpus", sort=False)),
        notes=tuple(f"{each.name}: {note}" for each in loaded for note in (*each.notes, each.licence) if note),
        text_columns=2,
    )


def _block(counts: pd.DataFrame, reasons: Sequence[str]) -> tuple[Row, ...]:
    """Return a corpus' rows: its splits, and all of them together."""
    total = counts.sum(numeric_only=True)
    total["split"] = "all"
    rows = [_row(row, reasons) for _, row in counts.iterrows()] + [_row(total, reasons)]
    return ((str(counts["corpus"].iloc[0]), *rows[0][1:]), *rows[1:])


def _row(values: pd.Series, reasons: Sequence[str]) -> Row:
    lost = [str(int(values[reason])) for reason in reasons]
    return (
        "",
        values["split"],
        str(int(values["kept"])),
        str(int(values["speakers"])),
        f"{values['hours']:.2f}",
        *lost,
    )
