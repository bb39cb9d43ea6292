"""What an experiment is made of: utterances after filtering, what was dropped, and the classes in each split."""

from collections.abc import Sequence

import pandas as pd

from fedser.corpora.classes import has_categories
from fedser.results.data_checks import WithData, alike, classes_by_split
from fedser.results.numerals import NONE, decimal, grouped
from fedser.results.sentence import listed
from fedser.results.table import Group, Row, Table
from fedser.vocabulary import SPLITS, TARGETS


def data_tables(run: WithData, number: str) -> tuple[Table, ...]:
    """Return Tables a (utterances) and b (classes) of a number; none of a run that does not tell."""
    if run.utterances.empty:
        return ()
    return _utterances(run, f"{number}a"), _classes(run, f"{number}b")


def _utterances(run: WithData, key: str) -> Table:
    """Return utterances per split, speakers, hours, and the dropped by reason."""
    reasons = tuple(sorted(set(run.dropped["reason"])))
    groups = alike(run)
    rows = [_row(run, label, names[:1], reasons) for label, names in groups.items()]
    total = [_row(run, "all", [names[0] for names in groups.values()], reasons)] if len(rows) > 1 else []
    kept = ("train", "validation", "test", "speakers", "hours")
    dropped = [Group("dropped", len(reasons))] if reasons else []
    return Table(
        key=key,
        title="Utterances per split",
        caption=(
            "Utterances after filtering, in the order of the environments, and what was dropped." + _whose(run)
        ),
        groups=(Group("", 1), Group("kept", len(kept)), *dropped),
        header=("environment", *kept, *reasons),
        blocks=(tuple(rows), tuple(total)) if total else (tuple(rows),),
        notes=() if reasons else ("Nothing was dropped.",),
    )


def _whose(run: WithData) -> str:
    """Say whose splits they are where seeds divide the speakers of some corpus in their own ways."""
    if run.splits.empty:
        return ""
    names = listed(dict.fromkeys(run.splits["environment"]))
    return f" Each seed divides the speakers of {names} in its own way; these are the splits of seed 0."


def _row(run: WithData, label: str, environments: Sequence[str], reasons: tuple[str, ...]) -> Row:
    kept = run.utterances[run.utterances["environment"].isin(environments)]
    dropped = run.dropped[run.dropped["environment"].isin(environments)]
    splits = [grouped(int((kept["split"] == split).sum())) for split in SPLITS]
    lost = [grouped(int((dropped["reason"] == reason).sum())) for reason in reasons]
    return (label, *splits, _speakers(kept), f"{kept['duration_s'].sum() / 3600:.2f}", *lost)


def _classes(run: WithData, key: str) -> Table:
    """Return speakers, utterances and classes of every split."""
    blocks = []
    for label, names in alike(run).items():
        rows = _of_environment(run.utterances[run.utterances["environment"] == names[0]])
        heads = [label, *[""] * (len(rows) - 1)]
        blocks.append(tuple((head, *row) for head, row in zip(heads, rows, strict=True)))
    return Table(
        key=key,
        title="Classes per split",
        caption=(
            "Speakers and utterances of each split, and utterances of each category; where a corpus has none, "
            "mean ± standard deviation (least to greatest) of the labels." + _whose(run)
        ),
        groups=(),
        header=("environment", "of", *SPLITS),
        blocks=tuple(blocks),
        notes=(),
        text_columns=2,
    )


def _of_environment(kept: pd.DataFrame) -> list[Row]:
    splits = [kept[kept["split"] == split] for split in SPLITS]
    rows: list[Row] = [
        ("speakers", *(_speakers(part) for part in splits)),
        ("utterances", *(grouped(len(part)) for part in splits)),
    ]
    if has_categories(kept):
        counts = classes_by_split(kept)
        return rows + [(str(name), *(grouped(int(n)) for n in row)) for name, row in counts.iterrows()]
    return rows + [(target, *(_spread(part[target]) for part in splits)) for target in TARGETS]


def _spread(labels: "pd.Series[float]") -> str:
    if labels.empty:
        return NONE
    ends = f"{decimal(float(labels.min()), 2)} to {decimal(float(labels.max()), 2)}"
    deviation = decimal(float(labels.std()), 2) if len(labels) > 1 else NONE
    return f"{decimal(float(labels.mean()), 2)} ± {deviation} ({ends})"


def _speakers(kept: pd.DataFrame) -> str:
    """Count speakers per corpus: the same number in two corpora is two people; unknown ones are not counted."""
    known = kept[kept["speaker"] != ""]
    return grouped(len(known[["corpus", "speaker"]].drop_duplicates()))
