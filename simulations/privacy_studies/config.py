"""The configurations of `fedser privacy attack` and `fedser privacy frontier`."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from fedser.config import Section
from fedser.errors import ConfigError
from fedser.privacy.attacks import AttributeOptions, LinkageOptions, MembershipOptions
from fedser.privacy.attacks.update_features import Kind
from simulations.moving.config import MovingConfig
from simulations.privacy_studies.federation_values import Given, read_federation

RECORDED = {"audit": {"record_updates": True}}

Score = Literal["loss", "gain", "influence"]


class AttributeSection(AttributeOptions):
    """[attribute]: gender of a device's owner. `kinds`: the features attacked; `layers`: all by default."""

    kinds: list[Kind] = Field(["inputs", "gradient"], min_length=1)
    layers: list[str] | None = Field(None, min_length=1)
    leaked_rounds: list[int] = Field([1], min_length=1)
    centred_on: Literal["shadow", "target"] = "target"
    shuffles: int = Field(40, ge=2)

    def of_kind(self, kind: Kind) -> AttributeOptions:
        """Return the attack's options with one kind of features."""
        own = self.model_dump(include=set(AttributeOptions.model_fields))
        return AttributeOptions.model_validate(own | {"features": kind})


class MembershipSection(MembershipOptions):
    """[membership]: which past utterances a device keeps, by what the models say of them (`scores`)."""

    scores: list[Score] = Field(["loss", "gain"], min_length=1)

    def options(self) -> MembershipOptions:
        """Return the attack's options."""
        return MembershipOptions.model_validate(self.model_dump(include=set(MembershipOptions.model_fields)))


class InversionSection(Section):
    """[inversion]: embeddings from an update; every batch size with one step, every step number with one batch.

    A batch of one is taken under a squared error: CCC gives one utterance no gradient.
    """

    batches: list[int] = Field([1, 2, 4, 8, 16], min_length=1)
    steps: list[int] = Field([1, 2, 4, 8], min_length=1)
    steps_batch: int = Field(2, ge=2)
    trials: int = Field(10, ge=2)


class _Study(Section):
    """What both studies have: sections that all their federations share."""

    federation: dict[str, Any] = Field({})


class AttackConfig(_Study):
    """A `shadow` federation of the adversary's own, the `target` it attacks, and the attacks.

    Both are files of `fedser simulate`, or sections on top of [federation]. Their speakers must differ.
    """

    shadow: Given
    target: Given
    seed: int = Field(0, ge=0)
    attribute: AttributeSection = AttributeSection()
    linkage: LinkageOptions = LinkageOptions()
    membership: MembershipSection = MembershipSection()
    inversion: InversionSection = InversionSection()

    def federations(self, where: Path) -> dict[str, MovingConfig]:
        """Return both federations; `where` is the study's file. Raises ConfigError."""
        found = {
            name: read_federation(given, self.federation, RECORDED, f"{where} [{name}]", where.parent)
            for name, given in (("shadow", self.shadow), ("target", self.target))
        }
        check_attackable(found, str(where))
        return found


class SweepSection(Section):
    """[sweep]: `noise` multipliers, the clip alone at 0; memory `capacity` per place; δ and the clip C."""

    noise: list[float] = Field(min_length=1)
    capacity: list[int] = Field(min_length=1)
    clip: float = Field(gt=0)
    delta: float = Field(gt=0, lt=1)
    sampling: Literal["known", "fixed", "poisson"] = "known"

    @model_validator(mode="after")
    def _plain(self) -> Self:
        for name in ("noise", "capacity"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} holds a value twice")
            if min(values) < (0 if name == "noise" else 1):
                raise ValueError(f"{name} holds {min(values)}, which is too small")
        return self

    def privacy(self, noise: float) -> dict[str, Any]:
        """Return the section [privacy] of a cell."""
        values = {"mechanism": "central", "clip": self.clip, "noise_multiplier": noise, "delta": self.delta}
        return {"privacy": values | {"sampling": self.sampling}, "aggregation": {"weights": "uniform"}}


class FrontierConfig(_Study):
    """A `target` federation under every noise and capacity of [sweep], attacked with the help of a `shadow`."""

    shadow: Given
    target: Given
    sweep: SweepSection
    seed: int = Field(0, ge=0)
    attribute: AttributeSection = AttributeSection(kinds=["inputs"], layers=["trunk.0"], ridge=2.0, shuffles=2)
    membership: MembershipSection = MembershipSection(scores=["gain"], draws=100, controls=2)

    def cell(self, noise: float, capacity: int, where: Path) -> MovingConfig:
        """Return the target federation of one cell; arms without a memory are in those of the first capacity."""
        changes = RECORDED | self.sweep.privacy(noise) | {"memory": {"capacity": capacity}}
        config = read_federation(self.target, self.federation, changes, f"{where} [target]", where.parent)
        return _shared_arms(config, capacity == self.sweep.capacity[0], f"{where} [target]")

    def shadow_of(self, capacity: int, where: Path) -> MovingConfig:
        """Return the adversary's federation: the same clip, no noise."""
        changes = RECORDED | self.sweep.privacy(0.0) | {"memory": {"capacity": capacity}}
        config = read_federation(self.shadow, self.federation, changes, f"{where} [shadow]", where.parent)
        return _shared_arms(config, capacity == self.sweep.capacity[0], f"{where} [shadow]")


def check_attackable(found: dict[str, MovingConfig], where: str) -> None:
    """Raise ConfigError where the attacks would have nothing to say."""
    for name, config in found.items():
        config.check()
        if config.devices.owner != "speaker":
            raise ConfigError(f'{where} [{name}]: attacks on owners need devices.owner = "speaker"')
        if config.aggregation.rule != "fedavg":
            raise ConfigError(f'{where} [{name}]: the attacks know aggregation.rule = "fedavg" only')
    arms = {name: _sharing(config) for name, config in found.items()}
    if not arms["target"]:
        raise ConfigError(f"{where} [target]: local arms send nothing, so there is nothing to attack")
    absent = [arm for arm in arms["target"] if arm not in arms["shadow"]]
    if absent:
        raise ConfigError(f'{where} [shadow]: no arm "{absent[0]}", which [target] has; give both the same arms')


def _sharing(config: MovingConfig) -> list[str]:
    return [arm.name for arm in config.parsed_arms() if arm.shares]


def _shared_arms(config: MovingConfig, memoryless: bool, where: str) -> MovingConfig:
    chosen = [arm.name for arm in config.parsed_arms() if arm.shares and (memoryless or arm.memory != "none")]
    if not chosen:
        raise ConfigError(f"{where}: no arm that shares, or none with a memory whose capacity could be swept")
    return config.model_copy(update={"arms": chosen})
