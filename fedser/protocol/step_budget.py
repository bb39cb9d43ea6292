"""How many steps a method takes in an environment when all methods take the same number of them."""

from collections.abc import Sequence
from itertools import accumulate

from fedser.training import TrainingOptions
from fedser.training.epoch import steps_of


def step_budget(updates: Sequence[int], whole: bool, labelled: bool, options: TrainingOptions) -> list[int] | None:
    """Return the steps in all after each update of so many new utterances; None where they are not matched.

    They are those of `matched_epochs` passes over the new utterances alone (`unlabelled_epochs` where none is
    rated), whatever a method passes over: memories that join them leave fewer passes over each. What is trained
    from scratch gets its environment `whole`, with the steps of all its updates: GDumb and Joint take as many in
    each environment as the others, and what they learnt before, thrown away, has cost its steps all the same.

    >>> step_budget([40, 20], False, True, TrainingOptions(match="steps", matched_epochs=10, batch_size=20))
    [20, 30]
    """
    if options.match != "steps":
        return None
    epochs = options.matched_epochs if labelled else options.unlabelled_epochs
    steps = [epochs * steps_of(size, options.batch_size) for size in updates]
    return [sum(steps)] if whole else list(accumulate(steps))
