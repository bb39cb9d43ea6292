"""The attack `inversion`: embeddings back out of an update, by batch size and number of local steps."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from fedser.errors import ConfigError
from fedser.privacy.attacks.attack import Attack, Plot
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.interval import Interval
from fedser.privacy.attacks.inversion_curve import InversionFinding, Victim, inversion_curve
from fedser.privacy.attacks.local_steps import Loss
from fedser.privacy.attacks.observed import View
from fedser.protocol import Arm
from fedser.rules import RULES, Rule


class InversionAttack(Attack):
    """[inversion]: every batch size with one step, every step number with one batch.

    A batch of one is taken under a squared error: CCC gives one utterance no gradient.
    """

    name: ClassVar[str] = "inversion"
    title: ClassVar[str] = "Embeddings back out of an update"
    caption: ClassVar[str] = (
        "Cosine of the best candidate with each true embedding; exact: share recovered with a cosine above .999. "
        "Control: embeddings that the update has never seen."
    )
    source: ClassVar[str] = "Phong et al. 2018, IEEE TIFS 13:1333"
    headline: ClassVar[str] = "cosine"
    columns: ClassVar[tuple[str, ...]] = ("variant", "metric", "batch", "steps")
    plots: ClassVar[tuple[Plot, ...]] = (
        Plot("batch", "arm", ("steps",), "Batches of one step"),
        Plot("steps", "arm", ("batch",), "Steps of batches of {batch}"),
    )
    each_arm: ClassVar[bool] = False

    batches: list[Annotated[int, Field(ge=1, le=1024)]] = Field([1, 2, 4, 8, 16], min_length=1)
    """Utterances in a single step, each number in turn."""
    steps: list[Annotated[int, Field(ge=1, le=1024)]] = Field([1, 2, 4, 8], min_length=1)
    """Local steps of batches of `steps_batch`, each number in turn."""
    steps_batch: int = Field(2, ge=2, le=1024)
    """Utterances in each of several steps."""
    trials: int = Field(10, ge=2, le=10_000)
    """For every batch size and number of steps."""

    def refusal(self, arm: Arm, others: Sequence[Arm]) -> str:
        """Say whose server lacks the model in which the steps are taken, and whose devices take other steps."""
        if not arm.shares_heads:
            return "it does not share the whole model, in which the steps are taken"
        rule = RULES.get(arm.rule, Rule)
        if rule.penalty is not Rule.penalty or rule.correction is not Rule.correction:
            return f"under {arm.rule} devices add a term to their loss, and the steps that are measured have none"
        return ""

    def run(self, view: View) -> Iterator[Finding]:
        """Yield the decay of inversion at the model that the server sent last, on the speech of one speaker.

        Raises ConfigError where no speaker said enough.
        """
        model, parameters = view.target.working_model()
        settings = [(batch, 1) for batch in self.batches] + [(self.steps_batch, k) for k in self.steps]
        examples, most = view.target.most_spoken(), max(batch * steps for batch, steps in settings)
        if 2 * most > len(examples):
            raise ConfigError(
                f"[inversion]: {most} utterances in an update need {2 * most} of one speaker, half of them as a "
                f"control, but no speaker has more than {len(examples)}; take smaller batches or fewer steps"
            )
        losses: dict[Loss, list[tuple[int, int]]] = {"squared": [], "ccc": []}
        for batch, steps in dict.fromkeys(settings):
            losses["squared" if batch == 1 else "ccc"].append((batch, steps))
        for loss, wanted in losses.items():
            victim = Victim(model, parameters, examples, view.target.learning_rate, loss)
            for found in inversion_curve(victim, wanted, self.trials, view.seed):
                yield from _findings(found)


def _findings(found: InversionFinding) -> Iterator[Finding]:
    for metric, estimate, control in (
        ("cosine", found.cosine, found.control),
        ("exact", Interval.known(found.exact), Interval.known(0.0)),
    ):
        yield Finding(
            variant=found.loss,
            metric=metric,
            estimate=estimate,
            control=control,
            n=found.n,
            statement=found.statement,
            layer="trunk.0",
            batch=found.batch,
            steps=found.steps,
        )
