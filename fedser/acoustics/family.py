"""A place as a family: every speaker has a room of their own there, and no split hears another's noise.

A home is not one room but many. Rooms are drawn around the place's own: each side and the reverberation time
between four fifths and five fourths of it, and mouth and microphone somewhere in it. Noise is one bed for each
split, made anew or of other recordings and other talkers, of which every utterance hears a stretch. So a model
that is tested meets neither an impulse response nor a noise that anybody trained with, and a seed draws all of
it again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from fedser import seeding
from fedser.acoustics.environment import Environment, keep_background, keep_room
from fedser.acoustics.kept import KeptSound
from fedser.acoustics.options import AcousticOptions
from fedser.errors import ConfigError
from fedser.vocabulary import SPLITS

SPREAD = 1.25
"""By how much a room's sides and reverberation time differ from the place's own, as a factor, at most."""
DRAWS = 10
"""Small rooms cannot have every reverberation time: so often another one is drawn."""
FEWEST_FILES = 3
"""Recordings or talkers from which every split can be given its own."""
_DEALT = ("train", "test", "validation", "train")
"""How files go to the splits, in turn."""

Files = Callable[[Sequence[Path]], list[Path]]


@dataclass(frozen=True, eq=False)
class Family:
    """The rooms of a place under one seed, each made when it is first asked for.

    backgrounds: the noise of each split, None in silence.
    """

    name: str
    options: AcousticOptions
    seed: int
    backgrounds: Mapping[str, KeptSound | None]
    _drawn: dict[tuple[str, str], Environment] = field(default_factory=dict)

    @property
    def drawn(self) -> list[Environment]:
        """The rooms asked for so far, in that order."""
        return list(self._drawn.values())

    def rooms_of(self, table: pd.DataFrame) -> list[Environment]:
        """Return the room of each of n utterances, by columns split, corpus and speaker.

        Speakers who are not known share one room in each split. Raises ConfigError if no room can be had.
        """
        columns = (table[name] for name in ("split", "corpus", "speaker"))
        return [self.member(split, f"{corpus}/{speaker}") for split, corpus, speaker in zip(*columns, strict=True)]

    def member(self, split: str, speaker: str) -> Environment:
        """Return the place as it is for a speaker of a split."""
        key = split, speaker
        if key not in self._drawn:
            room = self._draw_room(*key) if self.options.rt60_s else None
            stretch = seed_of(self.seed, "stretch", split, speaker)
            self._drawn[key] = Environment(self.name, self.options, stretch, room, self.backgrounds[split])
        return self._drawn[key]

    def _draw_room(self, split: str, speaker: str) -> KeptSound:
        rng = seeding.generator(self.seed, "acoustics", "family", "room", split, speaker)
        for draw in range(DRAWS):
            factors = SPREAD ** rng.uniform(-1, 1, 4)
            sides = [
                float(np.clip(round(s * f, 2), 1, 40)) for s, f in zip(self.options.room, factors, strict=False)
            ]
            rt60_s = float(np.clip(round(self.options.rt60_s * factors[3], 3), 0.08, 2.0))
            try:
                drawn = self.options.model_copy(update={"room": sides, "rt60_s": rt60_s})
                return keep_room(drawn, seed_of(self.seed, "positions", split, speaker, draw))
            except ConfigError as error:
                reason = error
        raise ConfigError(f'environment "{self.name}": no room like it could be drawn: {reason}')


def build_family(
    name: str,
    options: AcousticOptions,
    seed: int,
    *,
    talkers: Sequence[str | Path] = (),
    root: Path | None = None,
) -> Family:
    """Return a place as a family; the arguments are those of `build`.

    Steps of a place that degrades have the same rooms and beds: an SNR is no part of what is drawn.
    Raises ConfigError as `build`, and for fewer than three files where noise is made of files.
    """
    backgrounds: dict[str, KeptSound | None] = dict.fromkeys(SPLITS)
    if options.noise != "none":
        for split in SPLITS:
            own = seed_of(seed, "bed", split)
            files = partial(_files_of, split, seed, options.noise)
            try:
                backgrounds[split] = keep_background(options, own, talkers, root or Path(), files)
            except ConfigError as error:
                raise ConfigError(f'environment "{name}": {error}') from None
    return Family(name, options, seed, backgrounds)


def seed_of(seed: int, *key: str | int) -> int:
    """Return a seed for one thing of a family."""
    return int(seeding.generator(seed, "acoustics", "family", *key).integers(2**31))


def _files_of(split: str, seed: int, noise: str, files: Sequence[Path]) -> list[Path]:
    """Return the files that a split's noise may be made of: dealt out to the splits in an order by the seed."""
    ordered = sorted(set(files), key=lambda path: path.as_posix())
    if len(ordered) < FEWEST_FILES:
        raise ConfigError(
            f'noise: "{noise}" is made of {len(ordered)} files, but train, validation and test need other '
            f'ones each; give {FEWEST_FILES} at least, or write rooms = "one"'
        )
    order = seeding.generator(seed, "acoustics", "family", "files").permutation(len(ordered))
    return [ordered[k] for place, k in enumerate(order) if _DEALT[place % len(_DEALT)] == split]
