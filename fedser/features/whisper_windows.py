"""Whisper (Radford et al. 2022, arXiv 2212.04356) hears windows of 30 s: what is longer is cut into several."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from fedser.errors import FeatureError
from fedser.features.encoder import Waveform


def check_kind(config: Any, checkpoint: str, where: str) -> None:
    """Raise FeatureError, which begins with `where`, unless a checkpoint's config is a Whisper's."""
    if config.model_type != "whisper":
        raise FeatureError(f'{where}: "{checkpoint}" is a {config.model_type} model; expected a Whisper')


def cut(waveform: Waveform, window: int) -> list[Waveform]:
    """Return the pieces of a waveform, of `window` samples each but the last, which may be shorter."""
    return [waveform[start : start + window] for start in range(0, len(waveform), window)]


def batches(pieces: Iterable[Waveform], size: int) -> Iterator[list[Waveform]]:
    """Yield the pieces in order, `size` at a time."""
    rest = iter(pieces)
    while batch := list(islice(rest, size)):
        yield batch
