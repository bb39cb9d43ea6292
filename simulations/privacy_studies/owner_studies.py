"""What updates say of a device's owner: gender by layer and leaked rounds, and whose update it is."""

from collections.abc import Sequence

from fedser.errors import ConfigError, UserError, did_you_mean
from fedser.privacy.attacks import AttributeFinding, Layout, LinkageFinding, LinkageOptions, Update, link_speakers
from fedser.privacy.attacks import infer_attribute as infer
from simulations.privacy_studies.config import AttributeSection
from simulations.privacy_studies.rows import Row, of_null, row


def attribute_rows(
    arm: str,
    shadow: Sequence[Update],
    target: Sequence[Update],
    layout: Layout,
    options: AttributeSection,
    seed: int,
) -> list[Row]:
    """Return gender inference of an arm by kind of features, layer and number of leaked rounds."""
    rows = []
    known, asked = ([u for u in part if u.attribute] for part in (shadow, target))
    for kind in options.kinds:
        for layer in _layers(options, layout):
            findings = infer(known, asked, layout, layer, options.of_kind(kind), seed, options.leaked_rounds)
            rows += [_attribute_row(arm, kind, finding) for finding in findings]
    return rows


def linkage_rows(
    arm: str, target: Sequence[Update], layout: Layout, options: LinkageOptions, seed: int
) -> list[Row]:
    """Return how well an arm's updates are linked to their speakers: across devices, and across rounds."""
    rows = []
    for what, (gallery, probes) in {"devices": by_device(target), "rounds": by_round(target)}.items():
        if probes and len({update.speaker for update in gallery}) > 1:
            found = link_speakers(gallery, probes, layout, layout.layers[0], options, seed)
            rows.append(_linkage_row(arm, what, found))
    if not rows:
        raise UserError(
            f"linking speakers ({arm}): no speaker has updates of two devices or two rounds; run more rounds"
        )
    return rows


def by_device(updates: Sequence[Update]) -> tuple[list[Update], list[Update]]:
    """Return the updates of each speaker's first device, and those of the others of the same seed."""
    first: dict[tuple[str, str], str] = {}
    for update in updates:
        first.setdefault((update.device.partition("/")[0], update.speaker), update.device)
    seed = updates[0].device.partition("/")[0] if updates else ""
    own = [u for u in updates if u.device.partition("/")[0] == seed]  # another seed shares utterances anew
    gallery = [u for u in own if first[seed, u.speaker] == u.device]
    return gallery, [u for u in own if first[seed, u.speaker] != u.device]


def by_round(updates: Sequence[Update]) -> tuple[list[Update], list[Update]]:
    """Return the updates of the first half of the rounds, and those of the second of speakers in the first."""
    last = max((update.round for update in updates), default=0)
    gallery = [u for u in updates if 2 * u.round <= last]
    known = {u.speaker for u in gallery}
    return gallery, [u for u in updates if 2 * u.round > last and u.speaker in known]


def _layers(options: AttributeSection, layout: Layout) -> Sequence[str]:
    for layer in options.layers or ():
        if layer not in layout.layers:
            raise ConfigError(
                f'[attribute] layers: no layer "{layer}" is shared{did_you_mean(layer, layout.layers)}'
            )
    return options.layers or layout.layers


def _attribute_row(arm: str, kind: str, found: AttributeFinding) -> Row:
    places = {"layer": found.layer, "rounds": found.leaked_rounds, "p_value": found.p_value}
    null = of_null(found.control)
    return row("attribute", kind, "uar", arm, found.uar, null, found.n, found.statement, **places)


def _linkage_row(arm: str, what: str, found: LinkageFinding) -> Row:
    apart = {
        "devices": " Gallery and probes are of different devices of a speaker, with other utterances.",
        "rounds": " The gallery is of the first half of the rounds, the probes of the second.",
    }[what]
    places = {"layer": found.layer, "p_value": found.p_value}
    null = of_null(found.control)
    statement = found.statement + apart
    return row("linkage", what, "accuracy", arm, found.accuracy, null, found.n, statement, **places)
