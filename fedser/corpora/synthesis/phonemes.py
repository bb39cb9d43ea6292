"""The sounds of English as steady stretches of vocal tract, for an adult male tract of about 17 cm.

Vowel formants after Peterson & Barney (1952, JASA 24:175–184); consonant loci and noise bands are the
rough values of Klatt (1980, JASA 67:971–995).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sound:
    """One steady stretch: formants F1–F3 in Hz, its usual duration, and linear amplitudes of three sources.

    `band` names the noise band of the frication; `damping` multiplies the formants' bandwidths.
    """

    formants_hz: tuple[float, float, float]
    duration_s: float
    voicing: float = 0.0
    aspiration: float = 0.0
    frication: float = 0.0
    band: str = "none"
    damping: float = 1.0


NOISE_BANDS_HZ = {
    "none": (1000.0, 1000.0),
    "labial": (1200.0, 2400.0),
    "dental": (5200.0, 4000.0),
    "alveolar": (5900.0, 1900.0),
    "burst": (4200.0, 2600.0),
    "palatal": (3100.0, 1500.0),
    "velar": (1900.0, 1000.0),
}
"""Centre and width of each noise band, in Hz."""

_LABIAL, _ALVEOLAR, _PALATAL, _VELAR = (
    (350.0, 850.0, 2250.0),
    (320.0, 1750.0, 2650.0),
    (300.0, 1900.0, 2500.0),
    (300.0, 1950.0, 2300.0),
)
_SCHWA = (500.0, 1450.0, 2450.0)


def _vowel(f1: float, f2: float, f3: float, duration_s: float = 0.115) -> tuple[Sound, ...]:
    return (Sound((f1, f2, f3), duration_s, voicing=1.0),)


def _glide(start: tuple[Sound, ...], end: tuple[Sound, ...]) -> tuple[Sound, ...]:
    return (start[0], Sound(end[0].formants_hz, 0.07, voicing=0.9))


def _sonorant(f1: float, f2: float, f3: float, voicing: float, damping: float = 1.0) -> tuple[Sound, ...]:
    return (Sound((f1, f2, f3), 0.065, voicing=voicing, damping=damping),)


def _fricative(
    locus: tuple[float, float, float], band: str, frication: float, voicing: float = 0.0
) -> tuple[Sound, ...]:
    return (Sound(locus, 0.095 if voicing == 0 else 0.07, voicing, 0.0, frication, band, 1.5),)


def _stop(locus: tuple[float, float, float], band: str, voiced: bool) -> tuple[Sound, ...]:
    if voiced:
        return (Sound(locus, 0.05, voicing=0.12, damping=3.0), Sound(locus, 0.012, 0.3, 0.0, 0.6, band))
    return (
        Sound(locus, 0.065),
        Sound(locus, 0.014, 0.0, 0.3, 0.9, band),
        Sound(locus, 0.03, aspiration=0.8),
    )


_IH, _AA, _UH, _EH = (
    _vowel(390, 1990, 2550, 0.09),
    _vowel(730, 1090, 2440),
    _vowel(440, 1020, 2240, 0.09),
    _vowel(530, 1840, 2480, 0.1),
)
_AO = _vowel(570, 840, 2410, 0.125)

PHONEMES: dict[str, tuple[Sound, ...]] = {
    "AA": _AA,
    "AE": _vowel(660, 1720, 2410, 0.13),
    "AH": _vowel(640, 1190, 2390, 0.1),
    "AO": _AO,
    "AX": _vowel(*_SCHWA, 0.055),
    "EH": _EH,
    "ER": _vowel(490, 1350, 1690, 0.12),
    "IH": _IH,
    "IY": _vowel(270, 2290, 3010, 0.12),
    "UH": _UH,
    "UW": _vowel(300, 870, 2240, 0.12),
    "AY": _glide(_AA, _IH),
    "AW": _glide(_AA, _UH),
    "EY": _glide(_EH, _IH),
    "OW": _glide(_AO, _UH),
    "OY": _glide(_AO, _IH),
    "W": _sonorant(290, 610, 2150, 0.7),
    "Y": _sonorant(260, 2070, 3020, 0.7),
    "R": _sonorant(310, 1060, 1380, 0.7),
    "L": _sonorant(360, 1100, 2600, 0.65),
    "M": _sonorant(250, 1000, 2200, 0.4, 2.5),
    "N": _sonorant(250, 1600, 2600, 0.4, 2.5),
    "NG": _sonorant(250, 1950, 2300, 0.4, 2.5),
    "HH": (Sound(_SCHWA, 0.06, aspiration=1.0),),
    "F": _fricative(_LABIAL, "labial", 0.35),
    "V": _fricative(_LABIAL, "labial", 0.15, 0.4),
    "TH": _fricative(_ALVEOLAR, "dental", 0.35),
    "DH": _fricative(_ALVEOLAR, "dental", 0.1, 0.45),
    "S": _fricative(_ALVEOLAR, "alveolar", 0.9),
    "Z": _fricative(_ALVEOLAR, "alveolar", 0.45, 0.35),
    "SH": _fricative(_PALATAL, "palatal", 0.9),
    "P": _stop(_LABIAL, "labial", voiced=False),
    "B": _stop(_LABIAL, "labial", voiced=True),
    "T": _stop(_ALVEOLAR, "burst", voiced=False),
    "D": _stop(_ALVEOLAR, "burst", voiced=True),
    "K": _stop(_VELAR, "velar", voiced=False),
    "G": _stop(_VELAR, "velar", voiced=True),
    "CH": (Sound(_PALATAL, 0.06), *_fricative(_PALATAL, "palatal", 0.8)),
    "JH": (Sound(_PALATAL, 0.045, voicing=0.12, damping=3.0), *_fricative(_PALATAL, "palatal", 0.5, 0.3)),
}
"""The stretches of each phoneme (ARPAbet), in order: stops close and burst, diphthongs glide."""
