"""The likelihood-ratio attack, LiRA, on a memory (Carlini et al. 2022, IEEE S&P, arXiv 2112.03570): offline.

The adversary lives a device's round again, many times, each time with another memory drawn from the candidates,
and notes how wrong the model that comes out is about each. Over the shadow models without a candidate, the
logarithm of its squared error is taken to be Gaussian, of a mean and deviation of its own: so an utterance that
is hard for any model is not taken for a stranger, nor an easy one for a member. How far the error of the model
that the device returned lies below, in deviations, is the score; rounds add up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedser.arrays import Doubles
from fedser.privacy.attacks.observed import LeftPlace

ErrorsOf = Callable[[NDArray[np.floating]], Doubles]
"""Parameters (p,) → squared errors (n,) of the candidates."""

LEAST_ERROR = 1e-8
"""Added to a squared error before its logarithm is taken: labels are no more exact than 10⁻⁴."""


@dataclass(frozen=True)
class ShadowModels:
    """What a candidate is compared with."""

    without: int = 16
    """How many models of a round lack it, at least."""
    rounds: int | None = None
    """How many rounds are lived again, the latest ones; None for all."""


def by_likelihood_ratio(
    past: LeftPlace, errors_of: ErrorsOf, shadows: ShadowModels, stream: np.random.Generator
) -> Doubles:
    """Return scores (n,) of a past's candidates, higher for what a device learnt from since it left.

    Raises ValueError where rounds cannot be lived again.
    """
    if past.again is None:
        raise ValueError(f"{past.speaker}: LiRA needs rounds that can be lived again")
    total = np.zeros(len(past.examples))
    for number, sent in list(enumerate(past.sent))[-(shadows.rounds or len(past.sent)) :]:
        errors, outside = [], []
        for trial, kept in enumerate(drawn_memories(len(past.examples), len(past.kept), shadows.without, stream)):
            errors.append(_log(errors_of(past.again(number, kept, trial))))
            outside.append(~np.isin(np.arange(len(past.examples)), kept))
        total += deviations_below(_log(errors_of(sent.after)), np.array(errors), np.array(outside))
    return total


def drawn_memories(
    candidates: int, size: int, shadows: int, stream: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield random memories (size,) of `candidates`, until each candidate is outside of at least `shadows`.

    Who has been in fewest comes first, so that all are in equally many, or one more.
    """
    if not 0 < size < candidates:
        raise ValueError(f"memories of {size} from {candidates} candidates leave nothing in or out")
    inside, count = np.zeros(candidates, dtype=np.int64), 0
    while count - inside.max() < shadows:
        kept = np.lexsort((stream.random(candidates), inside))[:size]
        inside[kept] += 1
        count += 1
        yield np.sort(kept)


def deviations_below(seen: Doubles, shadows: Doubles, outside: NDArray[np.bool_]) -> Doubles:
    """Return by how many deviations values (n,) lie below their mean over shadows (s, n) `outside`."""
    out = np.where(outside, shadows, np.nan)
    std = np.nanstd(out, axis=0, ddof=1)
    below: Doubles = (np.nanmean(out, axis=0) - seen) / np.maximum(std, 1e-9)
    return below


def _log(errors: Doubles) -> Doubles:
    found: Doubles = np.log(errors + LEAST_ERROR)
    return found
