"""One utterance: who says what how, and its samples, from nothing but a seed and three names."""

from dataclasses import dataclass

import numpy as np
from scipy import signal

from fedser import seeding
from fedser.corpora.synthesis import prosody, synthesiser
from fedser.corpora.synthesis.background import background
from fedser.corpora.synthesis.expression import Emotion, Expression, draw_emotion, express
from fedser.corpora.synthesis.place import PLACES, Place
from fedser.corpora.synthesis.room import impulse_response
from fedser.corpora.synthesis.synthesiser import Samples
from fedser.corpora.synthesis.voice import Voice, draw_voice

USUAL_DB = -30.0
"""Where automatic gain takes a recording, RMS re full scale."""


@dataclass(frozen=True)
class Recording:
    """An utterance before it is rendered: utterance number `index` of speaker number `speaker` in a place."""

    seed: int
    place: str
    speaker: int
    index: int
    voice: Voice
    emotion: Emotion
    expression: Expression
    transcript: str
    stretches: tuple[prosody.Stretch, ...]


def plan(seed: int, place: str, speaker: int, index: int) -> Recording:
    """Return the utterance with its labels and transcript; it takes about a millisecond."""
    key = ("synthetic", place, speaker)
    voice = draw_voice(PLACES[place].population, speaker, seeding.generator(seed, *key, "voice"))
    rng = seeding.generator(seed, *key, index, "plan")
    emotion = draw_emotion(rng)
    expression = express(voice, emotion, rng)
    transcript, stretches = prosody.compose(voice, expression, emotion.shown_valence, rng)
    return Recording(seed, place, speaker, index, voice, emotion, expression, transcript, tuple(stretches))


def render(recording: Recording) -> Samples:
    """Return the samples (n,) at 16 kHz, 3 to 12 s, within ±1: a pure function of the recording."""
    rng = seeding.generator(
        recording.seed, "synthetic", recording.place, recording.speaker, recording.index, "sound"
    )
    voice, expression = recording.voice, recording.expression
    tracks = prosody.control_tracks(list(recording.stretches), voice, expression, rng)
    speech = synthesiser.speak(tracks, voice, expression, rng)
    speech *= np.float32(10 ** (voice.level_db / 20))
    return _hear(speech, PLACES[recording.place], recording.seed, rng)


def _hear(speech: Samples, place: Place, seed: int, rng: np.random.Generator) -> Samples:
    """Return dry speech (n,) as the place's microphone records it."""
    heard = signal.oaconvolve(speech, impulse_response(place, seed))[: speech.size]
    bed = background(place, seed)
    start = int(rng.integers(bed.size))
    level = 10 ** (1.5 * rng.standard_normal() / 20)
    heard = heard + level * np.take(bed, np.arange(start, start + speech.size), mode="wrap")
    heard *= (10 ** (USUAL_DB / 20) / np.sqrt(np.mean(heard**2))) ** place.levelling
    # 16 bits end at 1; a loud speaker overdrives the microphone.
    return np.asarray(np.clip(heard, -0.999, 0.999), dtype=np.float32)
