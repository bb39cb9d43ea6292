"""Batches of equal length: nothing is ever padded, so nothing depends on what it was batched with.

wav2vec2-base was trained without an attention mask and normalises over time: zero padding changes its output.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch


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


@contextmanager
def frozen_model() -> Iterator[None]:
    """Run a model without gradients and on one thread: the last bits depend on the number of threads.

    More cores are used by more workers, which is the faster way for single utterances anyhow.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)
