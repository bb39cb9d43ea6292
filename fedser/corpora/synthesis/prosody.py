"""The control tracks of an utterance: every control of the synthesiser on one grid of frames."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedser.corpora.synthesis import lexicon
from fedser.corpora.synthesis.expression import Expression
from fedser.corpora.synthesis.phonemes import NOISE_BANDS_HZ, PHONEMES, Sound
from fedser.corpora.synthesis.voice import Voice

FRAME_S = 0.005
LONGEST_S = 11.7
"""No clause is added that would make an utterance longer than this."""

SILENCE = Sound((500.0, 1500.0, 2500.0), 1.0)
BANDS = tuple(NOISE_BANDS_HZ)

Track = NDArray[np.float64]


@dataclass(frozen=True)
class Stretch:
    """One sound of an utterance in time: how long, in which phrase, and whether it is stressed."""

    sound: Sound
    duration_s: float
    phrase: int
    stressed: bool = False


@dataclass(frozen=True)
class ControlTracks:
    """Controls of n frames of 5 ms: F0 in Hz (n,), formants F1–F3 in Hz (n, 3), linear amplitudes (n,).

    `band` (n,) indexes `BANDS`; `damping` (n,) multiplies the formants' bandwidths.
    """

    f0_hz: Track
    formants_hz: Track
    damping: Track
    voicing: Track
    aspiration: Track
    frication: Track
    band: NDArray[np.intp]


def compose(
    voice: Voice, expression: Expression, valence: float, rng: np.random.Generator
) -> tuple[str, list[Stretch]]:
    """Return a transcript and its sounds in time, 3 to 12 s long, silence at both ends included."""
    wanted_s = 3.4 + min(rng.exponential(1.8), 6.0)
    speed = voice.rate * expression.rate
    clauses: list[list[str]] = []
    stretches = [_silence(rng.uniform(0.12, 0.3), 0)]
    length_s = stretches[0].duration_s + 0.15
    while length_s < wanted_s:
        words = lexicon.clause(valence, rng)
        spoken = _speak(words, speed, len(clauses), rng)
        spoken.append(_silence(rng.uniform(0.12, 0.5) * expression.pause, len(clauses)))
        spoken_s = sum(stretch.duration_s for stretch in spoken)
        if length_s + spoken_s > LONGEST_S:
            continue
        clauses.append(words)
        stretches += spoken
        length_s += spoken_s
    stretches.append(_silence(0.15, len(clauses) - 1))
    return lexicon.transcript(clauses), stretches


def control_tracks(
    stretches: list[Stretch], voice: Voice, expression: Expression, rng: np.random.Generator
) -> ControlTracks:
    """Return the tracks: targets of each sound, smoothed as the tongue and the glottis would."""
    ends_s = np.cumsum([stretch.duration_s for stretch in stretches])
    time_s = np.arange(0.0, ends_s[-1], FRAME_S)
    at = np.minimum(np.searchsorted(ends_s, time_s, side="right"), len(stretches) - 1)
    sounds = [stretch.sound for stretch in stretches]
    amplitudes = np.array([(s.voicing, s.aspiration, s.frication, s.damping) for s in sounds])[at]
    voicing, aspiration, frication, damping = _smooth(amplitudes, 0.02).T
    formants_hz = _smooth(np.array([s.formants_hz for s in _hold(sounds)])[at], 0.06)
    return ControlTracks(
        f0_hz=_contour(stretches, ends_s, time_s, voice, expression, rng),
        formants_hz=formants_hz * voice.tract * expression.smile,
        damping=damping,
        voicing=voicing,
        aspiration=aspiration + expression.breath * voicing,
        frication=frication,
        band=np.array([BANDS.index(s.band) for s in sounds], dtype=np.intp)[at],
    )


def _silence(duration_s: float, phrase: int) -> Stretch:
    return Stretch(SILENCE, duration_s, phrase)


def _speak(words: list[str], speed: float, phrase: int, rng: np.random.Generator) -> list[Stretch]:
    """Return the sounds of a clause; unstressed words are shorter, the last word longer."""
    stretches = []
    for number, word in enumerate(words):
        symbols = lexicon.phonemes(word)
        pace = 0.95 if any(stressed for _, stressed in symbols) else 0.72
        pace *= 1.3 if number == len(words) - 1 else 1.0
        for symbol, stressed in symbols:
            stretch = pace * (1.15 if stressed else 1.0) / speed * np.exp(0.1 * rng.standard_normal())
            stretches += [
                Stretch(sound, float(sound.duration_s * stretch), phrase, stressed) for sound in PHONEMES[symbol]
            ]
    return stretches


def _contour(
    stretches: list[Stretch],
    ends_s: Track,
    time_s: Track,
    voice: Voice,
    expression: Expression,
    rng: np.random.Generator,
) -> Track:
    """Return F0 in Hz: a slope and a final movement over each phrase, an accent on each stressed vowel."""
    starts_s = ends_s - [stretch.duration_s for stretch in stretches]
    semitones = expression.shift_st + _smooth(4.0 * rng.standard_normal((time_s.size, 1)), 0.3)[:, 0]
    for phrase in range(stretches[-1].phrase + 1):
        spoken = [
            i for i, stretch in enumerate(stretches) if stretch.phrase == phrase and stretch.sound != SILENCE
        ]
        begin_s, end_s = starts_s[spoken[0]], ends_s[spoken[-1]]
        inside = (time_s >= begin_s) & (time_s < end_s)
        along = (time_s[inside] - begin_s) / (end_s - begin_s)
        semitones[inside] += expression.slope_st * (along - 0.5)
        semitones[inside] += expression.final_st * np.clip((along - 0.75) / 0.25, 0.0, 1.0)
    for i, stretch in enumerate(stretches):
        if stretch.stressed:
            height = expression.accent_st * rng.uniform(0.5, 1.5)
            middle_s = (starts_s[i] + ends_s[i]) / 2
            semitones += height * np.exp(-(((time_s - middle_s) / 0.09) ** 2))
    semitones = _smooth(semitones[:, None], 0.04)[:, 0]
    return np.clip(voice.f0_hz * 2 ** (semitones / 12), 60.0, 550.0)


def _hold(sounds: list[Sound]) -> list[Sound]:
    """Return the sounds with silences holding the tract of the sound before them."""
    held = list(sounds)
    for i in range(1, len(held)):
        if held[i] == SILENCE:
            held[i] = held[i - 1]
    return held


def _smooth(tracks: Track, width_s: float) -> Track:
    """Return the columns (n, k) smoothed by a Hann window of the given width; the ends are held."""
    half = round(width_s / FRAME_S / 2)
    window = np.hanning(2 * half + 3)[1:-1]
    window /= window.sum()
    padded = np.pad(tracks, ((half, half), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, window, mode="valid") for column in padded.T], axis=1)
