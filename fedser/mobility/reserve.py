"""Speakers set aside for the server: it has a corpus of its own, and no device's owner is in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedser.errors import ConfigError
from fedser.seeding import generator


@dataclass(frozen=True, eq=False)
class Reserve:
    """Positions, ascending, of the utterances of the server's speakers and of those left to be owners."""

    server: NDArray[np.int64]
    owners: NDArray[np.int64]


def reserve_speakers(
    speakers: NDArray[np.str_], share: float, seed: int, groups: NDArray[np.str_] | None = None
) -> Reserve:
    """Return a reserve of whole speakers, a `share` between 0 and 1 of them.

    speakers: (n,), the speaker of each utterance; "", an unknown one, goes to neither side, because nobody can
    say that it is nobody else. groups: (n,), such as the corpus: each gives its share to within one speaker, and
    a name in two groups is two speakers. One speaker at least goes to either side.

    Raises ConfigError for a share that is not between 0 and 1, and for fewer than two speakers.
    """
    if not 0 < share < 1:
        raise ConfigError(f"share of speakers for the server: {share:g}, but it must lie between 0 and 1")
    if groups is None:
        groups = np.full(len(speakers), "")
    members = {str(g): sorted({str(s) for s in speakers[groups == g]} - {""}) for g in np.unique(groups)}
    total = sum(map(len, members.values()))
    if total < 2:
        raise ConfigError(
            f"{total} training speaker{'s' * (total != 1)}, but the server's corpus and the owners need one each; "
            "with speakers = 0 in [server] the first model is random and all are owners"
        )
    counts = _counts({group: len(names) for group, names in members.items()}, share, total)
    server = np.zeros(len(speakers), dtype=bool)
    for group, names in members.items():
        order = generator(seed, "reserve", group).permutation(len(names))
        chosen = [names[k] for k in order[: counts[group]]]
        server |= (groups == group) & np.isin(speakers, chosen)
    return Reserve(np.flatnonzero(server), np.flatnonzero(~server & (speakers != "")))


def _counts(sizes: dict[str, int], share: float, total: int) -> dict[str, int]:
    """Return the speakers that each group gives: its share rounded down, and the largest remainders up."""
    wanted = min(max(round(total * share), 1), total - 1)
    counts = {group: int(size * share) for group, size in sizes.items()}
    # Rounding down cannot exceed what is wanted, except where wanted keeps one speaker for the owners.
    by_remainder = sorted(sizes, key=lambda group: (counts[group] - sizes[group] * share, group))
    for group in by_remainder[: wanted - sum(counts.values())]:
        counts[group] += 1
    return counts
