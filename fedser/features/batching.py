"""Batches in which nothing depends on what it was batched with: of equal length, or padded where a model can
tell the padding from the speech.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from fedser.one_thread import one_thread


def equal_length_batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield positions in batches of at most `size` ≥ 1, all of one length; every position once.

    >>> list(equal_length_batches([5, 7, 5, 5], size=2))
    [[0, 2], [3], [1]]
    """
    alike: dict[int, list[int]] = {}
    for position, length in enumerate(lengths):
        alike.setdefault(length, []).append(position)
    for positions in alike.values():
        for start in range(0, len(positions), size):
            yield positions[start : start + size]


def padded_batches(lengths: Sequence[int], size: int, longest_sum: int) -> Iterator[list[int]]:
    """Yield positions from the longest to the shortest, in batches of at most `size` ≥ 1; every position once.

    A batch padded to its longest is at most `longest_sum` long in all, unless one alone is longer.

    >>> list(padded_batches([5, 7, 5, 6], size=3, longest_sum=14))
    [[1, 3], [0, 2]]
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        if batch and (len(batch) == size or lengths[batch[0]] * (len(batch) + 1) > longest_sum):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


@contextmanager
def frozen_model() -> Iterator[None]:
    """Run a model without gradients, on one thread and, on a GPU, in the precision asked for.

    On a CPU the last bits depend on the number of threads; more cores are used by more workers, which is the
    faster way for single utterances anyhow. On a GPU torch would round float32 convolutions to TF32.
    """
    cudnn = torch.backends.cudnn
    with (
        one_thread(),
        torch.inference_mode(),
        cudnn.flags(enabled=cudnn.enabled, deterministic=True, allow_tf32=False),
    ):
        yield
