"""The rows that go through the model together in a step.

Whole memories that constrain it lie in front of a buffer whose end takes the rows of each batch, so that a step
without rehearsals copies nothing but its batch. With rehearsals the order is: memories, rehearsals apart, batch,
rehearsals pooled with it, rehearsals that join it with losses of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from fedser.model import Examples
from fedser.strategies import Rehearsal

Range = tuple[int, int]
"""Rows from start to stop."""


@dataclass(frozen=True)
class StepRows:
    """The rows of a step, and where each part of them lies."""

    examples: Examples
    batch: Range
    constraints: tuple[Range, ...]
    """Memories, then rehearsals apart."""
    rehearsals: tuple[tuple[Range, Rehearsal], ...] = ()
    """Those that have a loss of their own."""
    pooled: int = 0
    """How many rows after the batch have their loss in common with it."""

    @property
    def scored(self) -> Range:
        """Return the rows whose one loss is the batch's: the batch, and what is pooled with it."""
        return self.batch[0], self.batch[1] + self.pooled

    @property
    def segments(self) -> tuple[Range, ...]:
        """Return rows whose gradients are taken together: the batch with what joins it, then each constraint."""
        return ((self.batch[0], len(self.examples)), *self.constraints)


class RowBuffer:
    """Puts together the rows of steps on one training set, under constraints that stay the same."""

    def __init__(self, training_set: Examples, constraints: Sequence[Examples], batch_size: int) -> None:
        self._set = training_set
        self._constraints = tuple(pairwise(accumulate((len(memory) for memory in constraints), initial=0)))
        self._start = self._constraints[-1][1] if self._constraints else 0
        room = training_set.take(np.zeros(batch_size, dtype=np.int64))
        self._buffer = Examples.join([*constraints, room])

    def __len__(self) -> int:
        return len(self._buffer)

    def load(self, positions: NDArray[np.int64]) -> StepRows:
        """Return the rows of a step on the utterances at `positions` (n,) of the training set, n ≤ batch size."""
        rows, start, stop = torch.from_numpy(positions), self._start, self._start + len(positions)
        b = self._buffer
        whole = Examples(b.acoustic[:stop], b.lexical[:stop], b.labels[:stop])
        torch.index_select(self._set.acoustic, 0, rows, out=whole.acoustic[start:])
        torch.index_select(self._set.lexical, 0, rows, out=whole.lexical[start:])
        torch.index_select(self._set.labels, 0, rows, out=whole.labels[start:])
        return StepRows(whole, (start, stop), self._constraints)

    def batch_of(self, rows: StepRows) -> Examples:
        """Return the batch alone; it shares the buffer's memory until the next step."""
        return _part(rows.examples, rows.batch)

    def with_rehearsals(self, rows: StepRows, rehearsals: Sequence[Rehearsal]) -> StepRows:
        """Return the rows of a step with minibatches beside its batch."""
        if not rehearsals:
            return rows
        apart = [rehearsal for rehearsal in rehearsals if rehearsal.apart]
        pooled = [rehearsal for rehearsal in rehearsals if rehearsal.pooled]
        joined = [rehearsal for rehearsal in rehearsals if not (rehearsal.apart or rehearsal.pooled)]
        parts = [_part(rows.examples, (0, self._start)), *(one.examples for one in apart), self.batch_of(rows)]
        parts += [one.examples for one in (*pooled, *joined)]
        ends = list(pairwise(accumulate((len(part) for part in parts), initial=0)))
        batch = 1 + len(apart)
        ranges = [*ends[1:batch], *ends[batch + 1 + len(pooled) :]]
        return StepRows(
            Examples.join(parts),
            ends[batch],
            (*self._constraints, *ends[1:batch]),
            tuple(zip(ranges, [*apart, *joined], strict=True)),
            sum(len(one.examples) for one in pooled),
        )


def _part(examples: Examples, rows: Range) -> Examples:
    part = slice(*rows)
    return Examples(examples.acoustic[part], examples.lexical[part], examples.labels[part])
