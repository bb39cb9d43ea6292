"""From emotion to what a voice does with it, and to what raters write down."""

from dataclasses import dataclass

import numpy as np

from fedser.corpora.synthesis.voice import Voice

RATERS = 5
RATER_DEVIATION = 0.3
"""The label is the mean of so many ratings, each off by so much (standard deviation)."""

CUE_DEVIATION = 0.4
"""How far each cue strays from the emotion on its own, so that no single cue gives it away."""


@dataclass(frozen=True)
class Emotion:
    """What is shown, and the activation and valence that raters gave it, all in [-1, 1]."""

    shown_activation: float
    shown_valence: float
    activation: float
    valence: float


@dataclass(frozen=True)
class Expression:
    """The cues of one utterance.

    F0 shift, accent height, slope over a phrase and movement at its end in semitones; rate and pause as
    factors; gain in dB; the corner of the spectral tilt in Hz; aspiration as an amplitude; `smile`
    multiplies the formants (spread lips shorten the tract: Tartter 1980, Percept. Psychophys. 27:24–27).
    """

    shift_st: float
    accent_st: float
    slope_st: float
    final_st: float
    rate: float
    pause: float
    gain_db: float
    tilt_hz: float
    breath: float
    smile: float


def draw_emotion(rng: np.random.Generator) -> Emotion:
    """Return one emotion with its ratings; activation and valence correlate at about 0.2."""
    activation = float(np.clip(0.52 * rng.standard_normal(), -1, 1))
    valence = float(np.clip(0.2 * activation + 0.52 * rng.standard_normal(), -1, 1))
    ratings = np.array([[activation], [valence]]) + RATER_DEVIATION * rng.standard_normal((2, RATERS))
    labels = np.clip(ratings.mean(axis=1), -1, 1)
    return Emotion(activation, valence, float(labels[0]), float(labels[1]))


def express(voice: Voice, emotion: Emotion, rng: np.random.Generator) -> Expression:
    """Return the cues of an emotion in a voice: activation moves height, speed and force, valence the contour."""
    strays = CUE_DEVIATION * rng.standard_normal(9)
    height, width, speed, force, tension, breath = (
        voice.expressiveness * (emotion.shown_activation + strays[:6])
    ).tolist()
    slope, ending, lips = (emotion.shown_valence + strays[6:]).tolist()
    return Expression(
        shift_st=3.2 * height,
        accent_st=max(0.4, 3.0 + 3.2 * width),
        slope_st=-2.0 + 3.5 * slope,
        final_st=-0.5 + 3.5 * ending,
        rate=float(2 ** (0.22 * speed)),
        pause=float(2 ** (-0.5 * speed)),
        gain_db=4.5 * force,
        tilt_hz=voice.tilt_hz * float(2**tension),
        breath=voice.breath * float(2 ** (-0.4 * breath)),
        smile=1.0 + 0.03 * lips,
    )
