"""Named random streams from one seed.

Every purpose (splits, initial weights, the shuffle of one epoch, …) has a stream of its own, keyed by words
and numbers, never by process, order of calls or time. So a result cannot depend on the number of processes
or on where a killed run was resumed.
"""

import hashlib

import numpy as np


def generator(seed: int, *key: str | int) -> np.random.Generator:
    """Return the stream of `seed` for the purpose `key`.

    >>> generator(0, "shuffle", 3).random() == generator(0, "shuffle", 3).random()
    True
    >>> generator(0, "shuffle", 3).random() == generator(0, "shuffle", 4).random()
    False
    """
    # The type is part of the text, so that ("a", 1) and ("a", "1") are two streams.
    text = "\x1f".join([str(seed), *(f"{type(part).__name__}:{part}" for part in key)])
    digest = hashlib.blake2b(text.encode(), digest_size=32).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(words)))
