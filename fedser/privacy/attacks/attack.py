"""What an attack is: options, what it finds, and what tables and figures need to show it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from fedser.config import Section
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.observed import View
from fedser.protocol import Arm


@dataclass(frozen=True)
class Plot:
    """Figures of an attack's findings: estimates with intervals over the values of one column of attacks.csv.

    One figure for each value of the column `each`, whose findings hold the columns `held` at one value: the one
    with the most values of `across`, the first of several. Unless `each` is "metric", only the attack's headline
    metric is drawn. Figures after an attack's first plot are left out where `across` has one value only.
    """

    across: str = "arm"
    each: str = "metric"
    held: tuple[str, ...] = ()
    title: str = "{metric}"
    """With the figure's values by column, as in "{arm}, {layer}"."""


class Attack(Section):
    """An attack on what the server receives, and at once its section of the configuration: [attribute], …

    A subclass says what it is, takes a `View` and returns findings, each with an interval, a control that tells
    what it would find where there is nothing, and a statement of what its adversary knows. What it draws at random
    comes from `fedser.seeding.generator(view.seed, …)`: the same view gives the same findings, in any process.
    """

    extends: ClassVar[str] = "attacks"

    name: ClassVar[str]
    """How configurations and attacks.csv write it."""
    title: ClassVar[str]
    """What it tries to learn: the heading of its table and of its part of the page."""
    caption: ClassVar[str] = ""
    """What is measured, the level of chance, and what the control is, for the reader of the table."""
    source: ClassVar[str] = ""
    """The paper it is from."""
    headline: ClassVar[str]
    """The metric that the page's first sentences give."""
    columns: ClassVar[tuple[str, ...]] = ("arm", "variant", "metric")
    """What the table tells its rows apart by, columns of attacks.csv."""
    plots: ClassVar[tuple[Plot, ...]] = (Plot(),)
    """The table shows the findings that any of them would hold."""
    each_arm: ClassVar[bool] = True
    """Whether every arm is attacked, or the first that can be."""

    def refusal(self, arm: Arm, others: Sequence[Arm]) -> str:
        """Return why it has nothing to say of an arm, "" if it can attack it.

        Only arms that share something are asked about; `others` are all of these. Each has its rule spelled out. A
        reason goes on after the arm's name, as in "…: its heads stay on the devices".
        """
        return ""

    def parts(self) -> Sequence[Self]:
        """Return attacks that together find what this one does, in its order, and may run at the same time."""
        return [self]

    def run(self, view: View) -> Iterable[Finding]:
        """Return what it finds in one arm of a federation."""
        raise NotImplementedError
