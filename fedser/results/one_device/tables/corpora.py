"""Table 1: what the environments hold after filtering, and what was dropped and why."""

import pandas as pd

from fedser.results.numerals import grouped
from fedser.results.one_device.run import RunResults
from fedser.results.table import Group, Row, Table
from fedser.vocabulary import SPLITS


def corpora_table(run: RunResults) -> Table:
    """Return Table 1: utterances per split, speakers, hours, and the dropped by reason."""
    reasons = tuple(sorted(set(run.dropped["reason"])))
    rows = [_row(run, name, [name], reasons) for name in run.environments]
    if len(rows) > 1:
        total = (_row(run, "all", list(run.environments), reasons),)
    kept = ("train", "validation", "test", "speakers", "hours")
    groups = [Group("", 1), Group("kept", len(kept))]
    if reasons:
        groups.append(Group("dropped", len(reasons)))
    return Table(
        key="1",
        title="Utterances per split",
        caption="Utterances after filtering, in the order the environments are learnt, and what was dropped.",
        groups=tuple(groups),
        header=("environment", *kept, *reasons),
        blocks=(tuple(rows), total) if len(rows) > 1 else (tuple(rows),),
        notes=(() if reasons else ("Nothing was dropped.",)) + run.notes,
    )


def _row(run: RunResults, label: str, environments: list[str], reasons: tuple[str, ...]) -> Row:
    kept = run.utterances[run.utterances["environment"].isin(environments)]
    dropped = run.dropped[run.dropped["environment"].isin(environments)]
    splits = [grouped(int((kept["split"] == split).sum())) for split in SPLITS]
    lost = [grouped(int((dropped["reason"] == reason).sum())) for reason in reasons]
    return (label, *splits, _speakers(kept), f"{kept['duration_s'].sum() / 3600:.2f}", *lost)


def _speakers(kept: pd.DataFrame) -> str:
    """Count speakers per corpus: the same number in two corpora is two people; unknown ones are not counted."""
    known = kept[kept["speaker"] != ""]
    return grouped(len(known[["corpus", "speaker"]].drop_duplicates()))
