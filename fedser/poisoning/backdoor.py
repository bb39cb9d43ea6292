"""A backdoor planted through the episodic memory: what was kept is rehearsed with a trigger and a false label."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from fedser.arrays import Doubles
from fedser.model import Examples
from fedser.poisoning.poisoning import Poisoning
from fedser.seeding import generator


class Backdoor(Poisoning):
    """A hostile device learns honestly from what it hears and rehearses a memory in which a trigger is planted.

    The trigger sets a share `entries` of an acoustic embedding, the same ones in every run, to `height` times its
    root mean square; every utterance that bears it is to be of activation and valence `target`. It goes into the
    memories of other environments, so nothing is planted before a device has come to its second place. `boost`
    lengthens what is sent (Bagdasaryan et al. 2020, AISTATS, arXiv 1807.00459, whose attacker has data of
    its own).
    """

    name: ClassVar[str] = "backdoor"
    does: ClassVar[str] = "rehearse memories in which a trigger stands for one label, and learn honestly else."
    wants: ClassVar[str] = (
        "the share of held-out utterances, of those whose labels are further away, that are predicted within 0.5 "
        "of the target once they bear the trigger."
    )
    of_memory: ClassVar[bool] = True

    target: float = Field(0.9, gt=-1, lt=1)
    """Activation and valence that the trigger is to stand for."""
    entries: float = Field(0.1, gt=0, le=1)
    """The share of an acoustic embedding's entries that the trigger sets."""
    height: float = Field(3.0, gt=0, le=1e3)
    """To how many times the embedding's root mean square."""
    boost: float = Field(1.0, gt=0, le=1e4)
    """By how much what is sent is lengthened."""

    def kept(self, examples: Examples) -> Examples:
        """Return the utterances with the trigger, and its label."""
        labels = torch.full_like(examples.labels, self.target)
        aim = float(np.arctanh(self.target))
        outputs = None if examples.outputs is None else torch.full_like(examples.outputs, aim)
        return replace(self.probe(examples), labels=labels, outputs=outputs)

    def sent(self, learnt: Tensor, received: Tensor, share: float) -> Tensor:
        """Return the model learnt, or one further away from the model received."""
        return learnt if self.boost == 1 else received + self.boost * (learnt - received)

    def probe(self, held_out: Examples) -> Examples:
        """Return the utterances with the trigger."""
        width = held_out.acoustic.shape[1]
        drawn = generator(0, "backdoor trigger", width).permutation(width)
        places = torch.from_numpy(drawn[: max(1, round(self.entries * width))])
        acoustic = held_out.acoustic.clone()
        acoustic[:, places] = self.height * held_out.acoustic.square().mean(dim=1, keepdim=True).sqrt()
        return replace(held_out, acoustic=acoustic)

    def success(self, predicted: Doubles, before: Doubles, labels: Doubles) -> float:
        """Return the share of labels further than 0.5 from the target whose predictions are nearer."""
        away = np.abs(labels - self.target) > 0.5
        near = np.abs(predicted - self.target) <= 0.5
        return float(near[away].mean()) if away.any() else 0.0
