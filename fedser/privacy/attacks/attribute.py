"""The attack `attribute`: the gender of a device's owner, by kind of features, layer and number of rounds."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from fedser.errors import ConfigError, did_you_mean
from fedser.privacy.attacks.attack import Attack, Plot
from fedser.privacy.attacks.attribute_inference import (
    AttributeFinding,
    AttributeOptions,
    corrected_p_values,
    infer_attribute,
)
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.observed import View
from fedser.privacy.attacks.update import ParameterLayout
from fedser.privacy.attacks.update_features import Features


class AttributeAttack(Attack, AttributeOptions):
    """[attribute]."""

    name: ClassVar[str] = "attribute"
    title: ClassVar[str] = "Gender of a device's owner from its updates"
    caption: ClassVar[str] = (
        "UAR; chance is .5. Control: the labels shuffled among the shadow's speakers; p is corrected for looking "
        "at all layers (maximum statistic). All layers for all numbers of leaked rounds are in attacks.csv."
    )
    source: ClassVar[str] = "Feng et al. 2021, arXiv 2112.13416"
    headline: ClassVar[str] = "uar"
    columns: ClassVar[tuple[str, ...]] = ("arm", "variant", "layer", "rounds")
    plots: ClassVar[tuple[Plot, ...]] = (
        Plot("layer", "arm", ("rounds",), "{arm}, rounds leaked: {rounds}"),
        Plot("rounds", "arm", ("layer",), "{arm}, {layer}"),
    )

    kinds: list[Features] = Field(["inputs", "gradient"], min_length=1)
    """The features of an update that are tried."""
    layers: list[str] | None = Field(None, min_length=1)
    """All by default."""
    leaked_rounds: list[Annotated[int, Field(ge=1, le=100_000)]] = Field([1], min_length=1)
    """How many rounds of a device are seen together, each number in turn."""
    centred_on: Literal["shadow", "target"] = "target"
    """Whose mean is subtracted from the target's features."""
    shuffles: int = Field(40, ge=2, le=100_000)
    """Controls: labels shuffled among the shadow's speakers."""

    def parts(self) -> Sequence[Self]:
        """Return one attack for each kind of features."""
        return [self.model_copy(update={"kinds": [kind]}) for kind in self.kinds]

    def run(self, view: View) -> Iterator[Finding]:
        """Yield findings by kind of features, layer and number of leaked rounds.

        Owners whose gender is unknown are left out. Raises ConfigError for a layer that is not shared.
        """
        layout = view.target.layout
        shadow, target = ([u for u in side.updates() if u.attribute] for side in (view.shadow, view.target))
        for kind in self.kinds:
            by_layer = [
                infer_attribute(shadow, target, layout, layer, kind, self, view.seed, self.leaked_rounds)
                for layer in self._layers(layout)
            ]
            corrected = [corrected_p_values(together) for together in zip(*by_layer, strict=True)]
            for found, p_values in zip(by_layer, zip(*corrected, strict=True), strict=True):
                for one, p_value in zip(found, p_values, strict=True):
                    yield _finding(kind, one, p_value)

    def _layers(self, layout: ParameterLayout) -> Sequence[str]:
        for layer in self.layers or ():
            if layer not in layout.layers:
                raise ConfigError(
                    f'[attribute] layers: no layer "{layer}" is shared{did_you_mean(layer, layout.layers)}'
                )
        return self.layers or layout.layers


def _finding(kind: str, found: AttributeFinding, p_value: float) -> Finding:
    return Finding(
        variant=kind,
        metric="uar",
        estimate=found.uar,
        control=found.control.band,
        n=found.n,
        statement=found.statement,
        p_value=p_value,
        layer=found.layer,
        rounds=found.leaked_rounds,
    )
