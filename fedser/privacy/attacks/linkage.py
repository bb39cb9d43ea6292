"""The attack `linkage`: whose update it is, across devices and across rounds."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from fedser.errors import UserError
from fedser.privacy.attacks.attack import Attack
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.observed import View
from fedser.privacy.attacks.speaker_linkage import LinkageOptions, link_speakers
from fedser.privacy.attacks.update import Update

_APART = {
    "devices": " Gallery and probes are of different devices of a speaker, with other utterances.",
    "rounds": " The gallery is of the first half of the rounds, the probes of the second.",
}


class LinkageAttack(Attack, LinkageOptions):
    """[linkage]."""

    name: ClassVar[str] = "linkage"
    title: ClassVar[str] = "Whose update it is"
    caption: ClassVar[str] = "Accuracy in a closed set. Control: the gallery's names shuffled."
    headline: ClassVar[str] = "accuracy"
    columns: ClassVar[tuple[str, ...]] = ("arm", "variant")

    def run(self, view: View) -> Iterator[Finding]:
        """Yield how well updates are linked to their speakers by the first layer: across devices, across rounds.

        Raises UserError where no speaker has updates of two devices or of two rounds.
        """
        updates, layout = view.target.updates(), view.target.layout
        found = 0
        for what, (gallery, probes) in {"devices": by_device(updates), "rounds": by_round(updates)}.items():
            if probes and len({update.speaker for update in gallery}) > 1:
                linked = link_speakers(gallery, probes, layout, layout.layers[0], self, view.seed)
                found += 1
                yield Finding(
                    variant=what,
                    metric="accuracy",
                    estimate=linked.accuracy,
                    control=linked.control.band,
                    n=linked.n,
                    statement=linked.statement + _APART[what],
                    p_value=linked.p_value,
                    layer=linked.layer,
                )
        if not found:
            raise UserError(
                f"linking speakers ({view.target.arm}): no speaker has updates of two devices or two rounds; run "
                "more rounds"
            )


def by_device(updates: Sequence[Update]) -> tuple[list[Update], list[Update]]:
    """Return the updates of each speaker's first device, and those of the others of the same seed."""
    first: dict[tuple[str, str], str] = {}
    for update in updates:
        first.setdefault((_seed_of(update), update.speaker), update.device)
    seed = _seed_of(updates[0]) if updates else ""
    own = [u for u in updates if _seed_of(u) == seed]  # another seed shares utterances anew
    gallery = [u for u in own if first[seed, u.speaker] == u.device]
    return gallery, [u for u in own if first[seed, u.speaker] != u.device]


def by_round(updates: Sequence[Update]) -> tuple[list[Update], list[Update]]:
    """Return the updates of the first half of the rounds, and those of the second of speakers in the first."""
    last = max((update.round for update in updates), default=0)
    gallery = [u for u in updates if 2 * u.round <= last]
    known = {u.speaker for u in gallery}
    return gallery, [u for u in updates if 2 * u.round > last and u.speaker in known]


def _seed_of(update: Update) -> str:
    return update.device.partition("/")[0]
