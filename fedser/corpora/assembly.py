"""From the rows of any parser to a corpus: the steps, and their order, are the same for all.

Durations from the headers; leave out what is unreadable or has no usable label; ends of the label scale from
everything that is left; leave out by transcript and duration; speakers to splits, unless the corpus brings
its own; labels onto [-1, 1].
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from fedser.audio import NoSignalError, UnreadableAudioError
from fedser.corpora import omission
from fedser.corpora.classes import label_classes
from fedser.corpora.corpus import COLUMNS, GENDERS, Corpus
from fedser.corpora.durations import examine
from fedser.corpora.faults import fault_notes, first_fault
from fedser.corpora.loader import Parsed
from fedser.corpora.options import CorpusOptions
from fedser.corpora.scale import scaled_labels
from fedser.corpora.selection import LeftOut, select
from fedser.corpora.splits import check_splits, split_speakers
from fedser.errors import CorpusError
from fedser.spelling import has_control, one_form, shown
from fedser.vocabulary import SPLITS, TARGETS

_NEEDED = ("utterance", "path", "speaker", *TARGETS)
_NAMES = ("utterance", "speaker")
_OPTIONAL = ("gender", "transcript", "split", "reason")
"""Columns a parser may leave away; "" stands for them."""


def assemble(
    name: str, parsed: Parsed, options: CorpusOptions, draws: Sequence[int | None] = (None,)
) -> list[Corpus]:
    """Return the corpus `name` with its speakers divided in each of some draws; one of what brings its splits.

    Raises CorpusError if nothing is left of it or it cannot be split.
    """
    rows, faults = _complete(name, parsed.rows)
    left_out = select(rows, parsed.label_range, options)
    kept = left_out.reason == ""
    if not kept.any():
        raise CorpusError(
            f"nothing is left of {len(rows)} utterances: {_tally(left_out)}{first_fault(faults.values())}"
        )
    notes = (*left_out.notes, *fault_notes(faults.values()))
    if (rows["split"] != "").any():
        split_notes = _check_published(rows[kept], options)
        return [_corpus(name, rows, left_out, parsed, options, (*split_notes, *notes))] * len(draws)
    classes = _classes(rows[left_out.labelled], parsed.label_range, options)
    corpora = []
    for draw in draws:
        divided = rows.assign(split=_drawn(rows[kept], classes, options, draw, rows["speaker"]))
        corpora.append(replace(_corpus(name, divided, left_out, parsed, options, notes), draw=draw))
    return corpora


def _corpus(
    name: str,
    rows: pd.DataFrame,
    left_out: LeftOut,
    parsed: Parsed,
    options: CorpusOptions,
    notes: tuple[str, ...],
) -> Corpus:
    """Return the corpus from all rows, with their splits and with labels on the corpus' own scale."""
    rows, kept = rows.copy(), left_out.reason == ""
    labelled = rows[left_out.labelled]
    labels = scaled_labels(labelled, options.scaling, parsed.label_range)
    rows.loc[left_out.labelled, list(TARGETS)] = np.column_stack([labels[target] for target in TARGETS])
    extras = [column for column in rows if column not in (*COLUMNS, "reason")]
    dropped = rows.loc[~kept, ["utterance", "split"]].assign(reason=left_out.reason[~kept])
    return Corpus(
        name=name,
        table=rows.loc[kept, [*COLUMNS, *extras]].reset_index(drop=True),
        dropped=dropped.astype(str).reset_index(drop=True),
        notes=(*parsed.notes, *notes),
        licence=parsed.licence,
    )


def _complete(name: str, parsed: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[int, UnreadableAudioError]]:
    """Return the rows sorted by id with every column, absolute paths, and durations (NaN: of no use), and why."""
    absent = [column for column in _NEEDED if column not in parsed]
    if absent:
        raise ValueError(
            f'the loader of "{name}" gave no column {", ".join(absent)}; expected {", ".join(_NEEDED)}'
        )
    rows = _spelt(parsed).sort_values(["utterance", "path"], ignore_index=True)
    _refuse_twins(rows)
    for column in _OPTIONAL:
        if column not in rows:
            rows[column] = ""
    _check_words(rows)
    rows["corpus"] = name
    # Not `Path.resolve`, which follows links: data sets are often farms of links into a store.
    rows["path"] = [os.path.abspath(path) for path in rows["path"]]  # noqa: PTH100
    rows[list(TARGETS)] = rows[list(TARGETS)].astype(np.float64)
    known_s = rows.get("duration_s", pd.Series(np.nan, index=rows.index))
    examined = examine(rows["path"], known_s.astype(np.float64))
    rows["duration_s"] = examined.duration_s
    silent = [k for k, fault in examined.faults.items() if isinstance(fault, NoSignalError)]
    rows.loc[[k for k in silent if not rows["reason"][k]], "reason"] = omission.NO_SIGNAL
    return rows, examined.faults


def _spelt(parsed: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with names in one normal form; raises CorpusError for one with a control character."""
    rows = parsed.copy()
    for column in _NAMES:
        rows[column] = [one_form(name) if isinstance(name, str) else name for name in rows[column]]
        for name in rows[column]:
            if isinstance(name, str) and has_control(name):
                raise CorpusError(f"the {column} {shown(name)} holds a control character; rename it")
    return rows


def _refuse_twins(rows: pd.DataFrame) -> None:
    """Raise CorpusError if two utterances have one id."""
    twins = rows[rows["utterance"].duplicated(keep=False)]
    if len(twins):
        first, second = twins["path"].iloc[:2]
        raise CorpusError(
            f'two utterances with the id "{twins["utterance"].iloc[0]}": {first} and {second}; keep one'
        )


def _check_words(rows: pd.DataFrame) -> None:
    """Raise ValueError if a parser gives a gender or reason that is not one; users cannot cause this."""
    for column, known in (("gender", GENDERS), ("reason", (*omission.REASONS, ""))):
        strange = set(rows[column]) - set(known)
        if strange:
            raise ValueError(f"a parser gave the {column} {sorted(map(str, strange))}, known: {known}")


def _tally(left_out: LeftOut) -> str:
    """Say how many utterances each reason took."""
    counts = pd.Series(left_out.reason).value_counts()
    return ", ".join(f"{counts[reason]} {reason}" for reason in omission.REASONS if reason in counts)


def _check_published(chosen: pd.DataFrame, options: CorpusOptions) -> tuple[str, ...]:
    """Return notes on the splits that a corpus brings; raises CorpusError for splits that cannot be used."""
    notes = check_splits(chosen, options.speaker_overlap)
    empty = [split for split in SPLITS if split not in set(chosen["split"])]
    if empty:
        raise CorpusError(f"nothing is left of the {' and '.join(empty)} split")
    return notes


def _drawn(
    chosen: pd.DataFrame,
    classes: pd.DataFrame,
    options: CorpusOptions,
    draw: int | None,
    speakers: "pd.Series[str]",
) -> "pd.Series[str]":
    """Return the splits of `speakers`, the rows', divided by what is chosen; "" for one of whom nothing is."""
    nameless = int((chosen["speaker"] == "").sum())
    if nameless:
        raise CorpusError(
            f"utterances without a speaker: {nameless}; no split can keep speakers apart then,"
            " so name the speakers, or say the split of each utterance"
        )
    splits = split_speakers(chosen[["speaker", "gender"]].join(classes), options.split_fractions, draw)
    return speakers.map(splits).fillna("")


def _classes(
    labelled: pd.DataFrame, label_range: tuple[float, float] | None, options: CorpusOptions
) -> pd.DataFrame:
    """Return the classes to balance; "train" has no ends of the scale yet, and takes those of all labels."""
    how = "empirical" if options.scaling == "train" else options.scaling
    return label_classes(labelled.assign(**scaled_labels(labelled, how, label_range)))
