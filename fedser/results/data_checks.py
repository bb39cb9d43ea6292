"""Checks of the data behind a run: what was left out, classes that a split lacks, splits of a few speakers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Protocol

import pandas as pd

from fedser.corpora.classes import CATEGORY, has_categories, label_classes
from fedser.corpora.omission import OTHER_PARTITION
from fedser.results.divided import utterances_of
from fedser.results.numerals import grouped
from fedser.vocabulary import SPLITS

FEW_SPEAKERS = 2
"""Scores on a split of so many speakers, or fewer, are theirs alone."""


class WithData(Protocol):
    """A run that tells of its utterances."""

    @property
    def utterances(self) -> pd.DataFrame:
        """The columns of utterances.csv."""

    @property
    def splits(self) -> pd.DataFrame:
        """The columns of splits.csv."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """In the order of the config."""

    @property
    def dropped(self) -> pd.DataFrame:
        """The columns of dropped.csv."""

    @property
    def environments(self) -> tuple[str, ...]:
        """In the order of the config."""


def data_checks(run: WithData) -> Iterator[str]:
    """Yield what is wrong with the data, environments of the same speech together."""
    divisions = [utterances_of(run, seed) for seed in (run.seeds if len(run.splits) else run.seeds[:1])]
    for label, names in alike(run).items():
        own = [heard[heard["environment"] == names[0]] for heard in divisions]
        dropped = run.dropped[run.dropped["environment"] == names[0]]
        # What is wrong with the splits of some seeds only is said once, with how many they are.
        found = Counter(said for kept in own for said in (_few_speakers(kept), *_missing(kept)))
        for said, seeds in {_left_out(own[0], dropped): len(own), **found}.items():
            if said:
                yield f"{label}: {said}" + (f" (in {seeds} of {len(own)} seeds)" if seeds < len(own) else "")


def alike(run: WithData) -> Mapping[str, tuple[str, ...]]:
    """Return the environments, those in which the same utterances are heard as one, by what to call them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in run.environments:
        heard = run.utterances[run.utterances["environment"] == name]
        groups.setdefault(tuple(heard["corpus"] + "/" + heard["utterance"]), []).append(name)
    together = [names for speech, names in groups.items() if speech]
    if len(together) == 1 and len(run.environments) > 1:
        return {"all environments": tuple(together[0])}
    return {", ".join(names): tuple(names) for names in together}


def classes_by_split(kept: pd.DataFrame) -> pd.DataFrame:
    """Return class × split → utterances: categories where there are any, else levels of activation and valence."""
    classes = label_classes(kept)
    if has_categories(kept):
        named = [classes[CATEGORY]]
    else:
        named = [words.where(words == "", words + f" {target}") for target, words in classes.items()]
    counts = [pd.crosstab(words[words != ""], kept.loc[words != "", "split"]) for words in named]
    return pd.concat(counts).reindex(columns=list(SPLITS), fill_value=0).fillna(0).astype(int)


def _left_out(kept: pd.DataFrame, dropped: pd.DataFrame) -> str:
    lost = dropped[dropped["reason"] != OTHER_PARTITION]
    if lost.empty:
        return ""
    reasons = ", ".join(f"{grouped(int(n))} {reason}" for reason, n in lost["reason"].value_counts().items())
    return f"{grouped(len(lost))} of {grouped(len(lost) + len(kept))} utterances were left out ({reasons})"


def _few_speakers(kept: pd.DataFrame) -> str:
    known = kept[kept["speaker"] != ""]
    counts = known.groupby("split")["speaker"].nunique()
    few = [f"{split} {counts[split]}" for split in SPLITS if 0 < counts.get(split, 0) <= FEW_SPEAKERS]
    return f"speakers are few ({', '.join(few)}): scores there are theirs, not other people's" if few else ""


def _missing(kept: pd.DataFrame) -> Iterator[str]:
    counts = classes_by_split(kept)
    for split in SPLITS:
        absent = [str(name) for name in counts.index[counts[split] == 0]]
        if absent:
            yield f"the {split} split has no utterance of {', '.join(absent)}"
