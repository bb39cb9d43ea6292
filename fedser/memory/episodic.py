"""The episodic memory of one environment: a list of positions, never a copy of speech."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.config import Section
from fedser.errors import CorpusError
from fedser.memory.stratified import Quota, alternating_quota, drawn_quota, length_groups, length_quota, select

MemoryKind = Literal["random", "length", "gender", "speaker"]
KINDS: tuple[MemoryKind, ...] = ("random", "length", "gender", "speaker")


class MemoryOptions(Section):
    """Section [memory]."""

    capacity: int = Field(261, ge=1, le=1_000_000)
    """Utterances kept per environment."""
    outer_share: float = Field(0.3, ge=0, le=1)
    """The share of a length memory that is of the outer quartiles of duration."""


@dataclass(frozen=True)
class Candidates:
    """What sampling may look at of an environment's n training utterances."""

    activation: NDArray[np.float64]
    valence: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    gender: NDArray[np.str_]
    speaker: NDArray[np.str_]


@dataclass(frozen=True)
class EpisodicMemory:
    """Positions (n,) in the training split of an environment, and what fell short in choosing them."""

    environment: str
    kind: MemoryKind
    positions: NDArray[np.int64]
    shortfalls: tuple[str, ...] = ()


def utterance_bytes(acoustic: int, lexical: int, with_outputs: bool = False) -> int:
    """Return what one remembered utterance costs: two float32 embeddings, two labels, and two outputs if kept."""
    return 4 * (acoustic + lexical + 2 + 2 * with_outputs)


def remember(
    environment: str,
    kind: MemoryKind,
    seen_last: NDArray[np.int64],
    candidates: Candidates,
    options: MemoryOptions,
    stream: np.random.Generator,
) -> EpisodicMemory:
    """Return what a device keeps when it leaves an environment.

    *random* takes the positions seen last in training (the ring buffer's); the others are drawn from all
    training utterances. Raises CorpusError where the environment has no gender or speaker to sample by.
    """
    if kind == "random":
        return EpisodicMemory(environment, kind, seen_last[-options.capacity :])
    groups, quota = _division(kind, candidates, options, stream)
    if not (groups != "").any():
        raise CorpusError(
            f"environment {environment}: no utterance has a {kind}, so memory by {kind} is impossible; "
            f"leave out the arms with memory {kind}"
        )
    chosen = select(candidates.activation, candidates.valence, groups, quota, options.capacity, stream)
    return EpisodicMemory(environment, kind, chosen.positions, chosen.shortfalls)


def _division(
    kind: MemoryKind, candidates: Candidates, options: MemoryOptions, stream: np.random.Generator
) -> tuple[NDArray[np.str_], Quota]:
    """Return the group (n,) of each candidate, and how places are shared among groups."""
    if kind == "length":
        return length_groups(candidates.duration_s), length_quota(options.outer_share)
    if kind == "gender":
        return candidates.gender, alternating_quota
    return candidates.speaker, drawn_quota(stream)
