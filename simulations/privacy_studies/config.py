"""The configurations of `fedser privacy attack` and `fedser privacy frontier`."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedser.config import Experiment, PluginSection, Section
from fedser.errors import ConfigError, did_you_mean
from fedser.privacy.attacks import ATTACKS, Attack
from fedser.privacy.attacks.attribute import AttributeAttack
from fedser.privacy.attacks.membership import MembershipAttack
from simulations.moving.config import MovingConfig
from simulations.privacy_studies.federation_values import Given, read_federation
from simulations.privacy_studies.refusals import check_attackable

RECORDED = {"audit": {"record_updates": True}}


class _Study(Experiment):
    """What both studies have: the adversary's `shadow` federation, the `target`, and sections that both share.

    Both are files of `fedser simulate`, or sections on top of [federation]. Their speakers must differ.
    """

    groups: ClassVar[tuple[str, ...]] = ("attacks",)

    federation: dict[str, Any] = Field({})
    """Sections that both federations share."""
    shadow: Given
    """The adversary's own federation."""
    target: Given
    """The federation under attack."""
    seed: int = Field(0, ge=0, le=2**53)
    """Of the attacks' own random choices."""

    def _read(self, name: Literal["shadow", "target"], changes: Mapping[str, Any], where: Path) -> MovingConfig:
        """Return a federation, whose processes will import the study's plugin modules; raises ConfigError."""
        given: Given = getattr(self, name)
        found = read_federation(given, self.federation, changes, f"{where} [{name}]", where.parent)
        modules = list(dict.fromkeys([*self.plugins.modules, *found.plugins.modules]))
        return found.model_copy(update={"plugins": PluginSection(modules=modules)})


class AttackConfig(_Study):
    """A `shadow` federation of the adversary's own, the `target` it attacks, and the `attacks` by name."""

    attacks: list[str] = Field(["attribute", "linkage", "membership", "inversion"], min_length=1)
    """By name; each has a section for its options."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.attacks:
            if name not in ATTACKS:
                raise ConfigError(f'attacks: unknown attack "{name}"{did_you_mean(name, ATTACKS)}')
            if self.attacks.count(name) > 1:
                raise ConfigError(f'attacks: "{name}" is given twice')
        return self

    def used_extensions(self) -> dict[str, list[str]]:
        """Return the names of the extensions that this configuration uses, by group."""
        return {"attacks": self.attacks}

    def chosen(self) -> list[Attack]:
        """Return the attacks with their options."""
        return [self.section(name) or ATTACKS[name]() for name in self.attacks]

    def federations(self, where: Path) -> dict[str, MovingConfig]:
        """Return both federations; `where` is the study's file. Raises ConfigError."""
        found = {"shadow": self._read("shadow", RECORDED, where), "target": self._read("target", RECORDED, where)}
        check_attackable(found, self.chosen(), str(where))
        return found


class SweepSection(Section):
    """[sweep]: what is tried."""

    noise: list[Annotated[float, Field(ge=0, le=1e9)]] = Field(min_length=1)
    """Noise multipliers σ, the clip alone at 0."""
    capacity: list[Annotated[int, Field(ge=1, le=1_000_000)]] = Field(min_length=1)
    """Utterances kept per place."""
    clip: float = Field(gt=0, le=1e9)
    """Bound C on the L2 norm of an update."""
    delta: float = Field(gt=0, lt=1)
    """The δ of every ε."""
    sampling: Literal["known", "fixed", "poisson"] = "known"
    """What the guarantee may assume, as in [privacy]."""
    nonce: str | None = Field(None, pattern="^[0-9a-f]{16,64}$")
    """For a sweep that is to be repeated to the last bit; every run of it has another one made of it."""

    @model_validator(mode="after")
    def _plain(self) -> Self:
        for name in ("noise", "capacity"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} holds a value twice")
        return self

    def privacy(self, noise: float, capacity: int) -> dict[str, Any]:
        """Return the section [privacy] of a cell."""
        values: dict[str, Any] = {"mechanism": "central", "clip": self.clip, "delta": self.delta}
        values["noise_multiplier"] = noise
        if self.nonce is not None:
            key = f"{self.nonce} {noise!r} {capacity}"
            values["nonce"] = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        return {"privacy": values | {"sampling": self.sampling}, "aggregation": {"weights": "uniform"}}


class FrontierConfig(_Study):
    """A `target` federation under every noise and capacity of [sweep], attacked with the help of a `shadow`.

    The attacks are `attribute`, by the first of its settings, and `membership` by row space and by LiRA.
    """

    sweep: SweepSection
    """What is tried."""

    @model_validator(mode="before")
    @classmethod
    def _lighter(cls, values: Any) -> Any:
        """Take settings that stand noise and need no controls, where the attacks are not given any."""
        return LIGHTER | values if isinstance(values, dict) else values

    def used_extensions(self) -> dict[str, list[str]]:
        """Return the names of the extensions that this configuration uses, by group."""
        return {"attacks": list(LIGHTER)}

    @property
    def leaks(self) -> dict[str, Attack]:
        """Return the attacks by the measures of frontier.csv: each one's first finding is the measure.

        Of the membership's scores, those that [membership] names.
        """
        attribute: AttributeAttack = self.section("attribute")
        first = {"kinds": attribute.kinds[:1], "leaked_rounds": attribute.leaked_rounds[:1]}
        gender = attribute.model_copy(update=first | {"layers": (attribute.layers or ["trunk.0"])[:1]})
        memory: MembershipAttack = self.section("membership")
        scores = {"row_space_auc": "row-space", "lira_auc": "lira"}
        asked = {measure: score for measure, score in scores.items() if score in memory.scores}
        return {"gender_uar": gender} | {
            measure: memory.model_copy(update={"scores": [score]}) for measure, score in asked.items()
        }

    def cell(self, noise: float, capacity: int, where: Path) -> MovingConfig:
        """Return the target federation of one cell; arms without a memory are in those of the first capacity."""
        return self._cut("target", noise, capacity, where)

    def shadow_of(self, capacity: int, where: Path) -> MovingConfig:
        """Return the adversary's federation: the same clip, no noise."""
        return self._cut("shadow", 0.0, capacity, where)

    def _cut(self, name: Literal["shadow", "target"], noise: float, capacity: int, where: Path) -> MovingConfig:
        changes = RECORDED | self.sweep.privacy(noise, capacity) | {"memory": {"capacity": capacity}}
        config = self._read(name, changes, where)
        memoryless = capacity == self.sweep.capacity[0]
        chosen = [arm.name for arm in config.parsed_arms() if arm.sends and (memoryless or arm.memory != "none")]
        if not chosen:
            raise ConfigError(
                f"{where} [{name}]: no arm that shares, or none with a memory whose capacity could be swept"
            )
        return config.model_copy(update={"arms": chosen})


LIGHTER: dict[str, dict[str, Any]] = {
    "attribute": {"kinds": ["inputs"], "layers": ["trunk.0"], "ridge": 2.0, "shuffles": 2},
    "membership": {"scores": ["row-space", "lira"], "draws": 400, "controls": 2},
}
"""What the frontier attacks with, unless told otherwise."""
