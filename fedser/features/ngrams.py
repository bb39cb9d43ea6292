"""Hashed character n-grams of the words: a lexical encoder that needs no download and no training.

Feature hashing with a sign (Weinberger et al. 2009, ICML): words that share letters share features, so
inflected forms lie close together in any language written with spaces.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.features.encoder import LexicalEncoder

SIZES = (3, 4, 5)
BUCKETS = 512

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def ngrams(transcript: str) -> Iterator[str]:
    """Yield the n-grams of each word, its boundaries marked by spaces, in lower case.

    >>> list(ngrams("No!"))
    [' no', 'no ', ' no ']
    """
    for word in _WORD.findall(unicodedata.normalize("NFKC", transcript).casefold()):
        marked = f" {word} "
        for size in SIZES:
            yield from (marked[start : start + size] for start in range(len(marked) - size + 1))


class NGrams(LexicalEncoder):
    """The embedded lexical encoder: 512 signed buckets, logarithmic counts, length 1."""

    name = "ngrams"
    dimension = BUCKETS
    revision = 1
    instant = True

    def described(self) -> dict[str, Any]:
        """Return what the numbers are."""
        return {"sizes": list(SIZES), "buckets": BUCKETS, "hash": "blake2b-64"}

    def encode(self, transcripts: Sequence[str], /) -> NDArray[np.float32]:
        """Return (len, 512), rows of length 1; a transcript without a word is zeros."""
        vectors = np.array([_weights(transcript) for transcript in transcripts]).reshape(-1, BUCKETS)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def _weights(transcript: str) -> NDArray[np.float64]:
    """Return (512,): in each bucket the sum of ±(1 + ln count) over its n-grams."""
    vector = np.zeros(BUCKETS)
    counts = Counter(ngrams(transcript))
    places = [_bucket(ngram) for ngram in counts]
    weights = [sign * (1 + log(count)) for (_, sign), count in zip(places, counts.values(), strict=True)]
    np.add.at(vector, np.array([bucket for bucket, _ in places], dtype=np.intp), weights)
    return vector


@lru_cache(maxsize=1 << 16)
def _bucket(ngram: str) -> tuple[int, float]:
    """Return the bucket and the sign of an n-gram, the same in every process and on every machine."""
    number = int.from_bytes(hashlib.blake2b(ngram.encode(), digest_size=8).digest(), "little")
    return number % BUCKETS, 1.0 if number >> 63 else -1.0
