"""An acoustic environment ready to be heard: a room, a background and a microphone, found again by content."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyroomacoustics
from numpy.typing import NDArray

from fedser import seeding
from fedser.acoustics import babble, noise, recordings
from fedser.acoustics.filter import Filter
from fedser.acoustics.kept import KeptSound, keep
from fedser.acoustics.microphone import MICROPHONES, linear_part
from fedser.acoustics.options import AcousticOptions
from fedser.acoustics.recordings import Choice
from fedser.acoustics.room import PREDELAY, Room, impulse_response, reverberation_s
from fedser.arrays import Floats
from fedser.errors import ConfigError

REVISION = 1
"""Goes up whenever the same options give other samples, so that old features are left alone."""


@dataclass(frozen=True, eq=False)
class Environment:
    """A room, a background and a microphone by the name a configuration gives them.

    It travels to other processes as a few words: the sounds stay in the cache folder until they are needed.
    room, background: None outdoors and in silence.
    """

    name: str
    options: AcousticOptions
    seed: int = 0
    room: KeptSound | None = None
    background: KeptSound | None = None

    @property
    def clean(self) -> bool:
        """Whether waveforms are left as they are, bit for bit."""
        return self.options.clean

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes a rendered waveform, fit for JSON; its name does not, nor where files lie."""
        if self.clean:
            return {}
        background = {"digest": self.background.digest, "snr_db": self.options.snr_db} if self.background else None
        return {
            "revision": REVISION,
            "seed": self.seed if self.background else 0,
            "room": self.room.digest if self.room else None,
            "background": background,
            "microphone": self.options.microphone,
        }

    @cached_property
    def digest(self) -> bytes:
        """What `settings` hold, in twenty bytes."""
        text = json.dumps(self.settings, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=20).digest()

    @cached_property
    def rt60_s(self) -> float:
        """The measured reverberation time; 0 where there is no room."""
        return reverberation_s(self.room.load()) if self.room else 0.0

    def speech_path(self) -> Filter:
        """Return the way from mouth to the microphone's output, its delay taken back; room of unit energy."""
        return _speech_path(self.room, self.options.microphone)

    def bed(self) -> Floats:
        """Return the background (n,) at the microphone's output: a loop of mean square 1."""
        if self.background is None:
            raise ValueError(f"the environment {self.name} has no background")
        return _bed(self.background, self.options.microphone)

    def stream(self, digest: str) -> np.random.Generator:
        """Return the stream of the utterance whose samples have this digest.

        It does not know the SNR: as an environment degrades, an utterance hears the same stretch, louder.
        """
        key = self.background.digest if self.background else ""
        return seeding.generator(self.seed, "acoustics", "stretch", key, digest)


def build(
    name: str,
    options: AcousticOptions,
    seed: int = 0,
    *,
    talkers: Sequence[str | Path] = (),
    root: Path | None = None,
) -> Environment:
    """Return an environment, with its room and its background made or taken from the cache folder.

    talkers: audio files that babble is made of; the training split's, so that nothing is heard of a test
        speaker. root: the folder that a relative `recordings` lies in, by default the working folder.
    Raises ConfigError if the room is impossible or the files for the background are wanting, FeatureError if
    the cache folder cannot be written.
    """
    try:
        room = keep_room(options, seed) if options.rt60_s else None
        background = keep_background(options, seed, talkers, root or Path()) if options.noise != "none" else None
    except ConfigError as error:
        raise ConfigError(f'environment "{name}": {error}') from None
    return Environment(name, options, seed, room, background)


def keep_room(options: AcousticOptions, seed: int) -> KeptSound:
    """Make or find the way from mouth to microphone in a room; raises ConfigError if the room is impossible."""
    length, width, height = options.room
    room = Room((length, width, height), options.rt60_s, MICROPHONES[options.microphone].distance_m)
    description = {
        "revision": REVISION,
        "seed": seed,
        "room": [*room.size_m, room.rt60_s, room.distance_m],
        "pyroomacoustics": pyroomacoustics.__version__,
    }
    return keep("room", description, lambda: impulse_response(room, seed).astype(np.float32))


def keep_background(
    options: AcousticOptions,
    seed: int,
    talkers: Sequence[str | Path],
    root: Path,
    allowed: Callable[[Sequence[Path]], list[Path]] = list,
) -> KeptSound:
    """Make or find a bed; two environments of the same kind of noise but different rooms have their own.

    allowed: returns those files, of all recordings or talkers, that it may be made of.
    """
    key = ("acoustics", options.noise, *(f"{side:g}" for side in options.room), f"{options.rt60_s:g}")
    files = _files(options, talkers, root, allowed, seeding.generator(seed, *key, "files"))

    def make() -> Floats:
        rng = seeding.generator(seed, *key, "bed")
        return noise.unit(_make_bed(options, files, rng)).astype(np.float32)

    digests = list(files.digests)
    return keep("noise", {"revision": REVISION, "seed": seed, "key": key, "files": digests}, make)


def _files(
    options: AcousticOptions,
    talkers: Sequence[str | Path],
    root: Path,
    allowed: Callable[[Sequence[Path]], list[Path]],
    rng: np.random.Generator,
) -> Choice:
    """Return the recordings that a background is made of; none for one made of numbers."""
    if options.noise == "babble":
        if not talkers:
            raise ConfigError('noise: "babble" is made of utterances and there are none; give audio files')
        return Choice.draw(allowed([Path(path) for path in talkers]), babble.UTTERANCES, rng)
    if options.recordings is not None:
        return Choice.draw(allowed(recordings.clips_in(root / options.recordings)), recordings.CLIPS, rng)
    return Choice((), ())


def _make_bed(options: AcousticOptions, files: Choice, rng: np.random.Generator) -> NDArray[np.float64]:
    if options.noise in noise.GENERATED:
        return noise.GENERATED[options.noise](rng)
    sounds = files.sounds()
    if not sounds:
        raise ConfigError(f'noise: "{options.noise}" has no readable audio with sound in it; give other files')
    return babble.babble(sounds, options.rt60_s, rng) if options.noise == "babble" else recordings.bed(sounds)


@lru_cache(maxsize=32)
def _speech_path(room: KeptSound | None, microphone: str) -> Filter:
    heard = linear_part(microphone)
    return Filter(room.load().astype(np.float64), PREDELAY).then(heard) if room else heard


@lru_cache(maxsize=16)
def _bed(background: KeptSound, microphone: str) -> Floats:
    return noise.unit(linear_part(microphone).wrap(background.load())).astype(np.float32)
