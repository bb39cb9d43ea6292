"""Whose device it is: each has one speaker, or a share of one, as its owner."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from fedser.errors import ConfigError
from fedser.seeding import generator


def share_out(speakers: NDArray[np.str_], devices: int, seed: int, least: int = 2) -> list[NDArray[np.int64]]:
    """Return for each device the positions, ascending, of its owner's utterances among the n given.

    speakers: (n,), the speaker of each utterance; "", an unknown one, owns nothing. Corpora that use the same
    names need them made different, as in "corpus/speaker".

    Devices are dealt to the speakers in turn, in an order by the seed, so that device d has the same owner
    whatever the number of devices. Devices of one speaker share the utterances at random, as equally as
    possible and `least` each; a speaker with too few for one more device is passed over.

    Raises ConfigError if the utterances do not suffice.
    """
    names, spoken_by = np.unique(speakers, return_inverse=True)
    utterances = {str(name): np.flatnonzero(spoken_by == k) for k, name in enumerate(names) if name != ""}
    room = {name: len(positions) // least for name, positions in utterances.items()}
    if devices > sum(room.values()):
        raise ConfigError(
            f"more devices than data: devices = {devices}, but {len(utterances)} speakers with {len(speakers)} "
            f"utterances make {sum(room.values())} owners at {least} each; take fewer devices or add a corpus"
        )
    owners = _deal(room, devices, generator(seed, "owners"))
    shares = {}
    for name, count in Counter(owners).items():
        shuffled = generator(seed, "owners", name).permutation(utterances[name])
        shares[name] = iter(np.array_split(shuffled, count))
    return [np.sort(next(shares[name])) for name in owners]


def _deal(room: dict[str, int], devices: int, stream: np.random.Generator) -> list[str]:
    """Return the owner of each device: every speaker once, then all with room for a second one, and so on."""
    order = [sorted(room)[k] for k in stream.permutation(len(room))]
    owners: list[str] = []
    turn = 1
    while len(owners) < devices:
        owners += [name for name in order if room[name] >= turn]
        turn += 1
    return owners[:devices]
