"""What a device's reply to a round tells, and what of it is believed: a server trusts no device.

A reply that this app would not give, or that says what the plan of the run does not allow, is refused with its
reason, and the round goes on with the others. No word of such a reply is repeated, and no number of it counts.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from flwr.app import Message
from torch import Tensor

from clients.payload import Report, beside_in, report_of
from fedser.device import World
from fedser.errors import FedserError, UserError
from fedser.vocabulary import TARGETS


class RefusedReplyError(UserError):
    """What a device sent cannot be used; the message says why."""


def read_reply(reply: Message, quiet: bool) -> Report:
    """Return what a reply tells, without its update; raises RefusedReplyError for one that this app would not
    give.

    `quiet`: the device is to tell nothing but its number.
    """
    with of_this_app():
        return report_of(reply.content, quiet)


def read_beside(reply: Message, lengths: Mapping[str, int]) -> dict[str, Tensor]:
    """Return what came beside a model for the rule, of the lengths that it expects by name.

    Raises UserError for what this app would not send, and for NaN or infinity.
    """
    with of_this_app():
        found = beside_in(reply.content)
        shapes = {name: (tuple(vector.shape), vector.dtype) for name, vector in found.items()}
        if shapes != {name: ((length,), torch.float32) for name, length in lengths.items()}:
            raise ValueError(f"beside its model {shapes}, expected {dict(lengths)}")
    for name, vector in found.items():
        if not bool(vector.isfinite().all()):
            raise UserError(f"its {name} holds NaN or infinity")
    return found


@contextmanager
def of_this_app() -> Iterator[None]:
    """Turn whatever reading a reply raises into a RefusedReplyError; nothing else of the server's may stand here.

    Bytes of a stranger raise anything: EOFError, OverflowError, MemoryError.
    """
    try:
        yield
    except FedserError:
        raise
    except Exception as error:
        raise RefusedReplyError(
            f"a reply that is none of this app ({type(error).__name__}); device and server must run one version"
        ) from None


class Plausible:
    """What devices of a world can truly have to say, round by round."""

    def __init__(self, world: World, epochs: int) -> None:
        """`epochs` is the most that a device trains in a round."""
        self._world, self._epochs = world, epochs

    def check(self, report: Report, device: int, round: int, learnt: int) -> None:
        """Raise RefusedReplyError for a report that is no device's, or not this one's.

        `learnt`: on how many utterances it has said to have trained in earlier rounds.
        """
        heard = self._world.heard_by(device, round)
        most, least = heard - learnt, 2 if report.outcome == "trained" else 0
        for wrong, reason in (
            (not least <= report.examples <= max(most, 0), f"examples: expected {least} to {most} by the plan"),
            (report.outcome != "trained" and report.examples > 0, "examples of a device that has not trained"),
            (not 0 <= report.steps <= self._epochs * max(heard, 1), "steps: more than its speech allows"),
            (not 0 <= report.altered <= max(report.steps, 0), "altered: expected 0 to its steps"),
            (not _is_cost(report.flops), "flops: expected a finite number, 0 or more"),
            (not _is_cost(report.memory_bytes), "memory-bytes: expected a finite number, 0 or more"),
            (not _is_cost(report.seconds), "seconds: expected a finite number, 0 or more"),
        ):
            if wrong:
                raise RefusedReplyError(f"a reply that cannot be true: {reason}")
        if report.held_out or self._world.settings.scored_in(round):
            self._check_scores(report.held_out, round)

    def _check_scores(self, scores: Mapping[str, Sequence[float]], round: int) -> None:
        """Refuse scores of other speech than the held-out, or that are none."""
        names, board = self._world.settings.environments, self._world.settings.scoreboard
        fits = set(scores) == {f"{name}/{target}" for name in names for target in TARGETS}
        for environment, name in enumerate(names if fits else ()):
            labels = self._world.held_out(environment, round)[1]
            fits = fits and all(
                board.fits(scores[f"{name}/{target}"], labels[:, k]) for k, target in enumerate(TARGETS)
            )
        if not fits:
            raise RefusedReplyError("a reply that cannot be true: scores that are none of the held-out speech")


def _is_cost(value: float) -> bool:
    return math.isfinite(value) and 0 <= value <= 1e18
