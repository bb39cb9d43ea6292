"""What an environment sounds like, as a configuration says it: a preset, a table, or a preset with changes."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from fedser.acoustics.microphone import MICROPHONES
from fedser.config import Section
from fedser.errors import did_you_mean

Noise = Literal["none", "babble", "pink", "hum", "household", "ventilation", "street", "car", "recordings"]

PRESETS: dict[str, dict[str, Any]] = {
    "clean": {},
    "home": {"room": [5.0, 4.0, 2.5], "rt60_s": 0.4, "noise": "household", "snr_db": 20.0},
    "office": {
        "room": [6.5, 5.0, 2.8],
        "rt60_s": 0.6,
        "noise": "ventilation",
        "snr_db": 15.0,
        "microphone": "far",
    },
    "café": {
        "room": [12.0, 9.0, 3.5],
        "rt60_s": 0.95,
        "noise": "babble",
        "snr_db": 5.0,
        "microphone": "collar",
    },
    "street": {"noise": "street", "snr_db": 5.0, "microphone": "collar"},
    "car": {"room": [2.8, 1.6, 1.3], "rt60_s": 0.1, "noise": "car", "snr_db": 0.0},
    "phone": {
        "room": [4.0, 3.5, 2.5],
        "rt60_s": 0.3,
        "noise": "household",
        "snr_db": 20.0,
        "microphone": "phone",
    },
}
"""A new preset is a line here. Outdoors there is no room."""

SPELLINGS = {"cafe": "café"}


class AcousticOptions(Section):
    """`acoustics = "home"`, or a table: `{ preset = "home", snr_db = 10 }`, `{ noise = "pink", snr_db = 5 }`."""

    preset: str = "clean"
    """Whose values hold where the table says nothing."""
    room: list[float] = Field([5.0, 4.0, 2.5], min_length=3, max_length=3)
    """Length, width and height in metres, 1 to 40 each; the default suits a living room."""
    rt60_s: float = Field(0.0, ge=0.0, le=2.0, allow_inf_nan=False)
    """Reverberation time, 0.08 to 2 s; 0 for no room at all."""
    noise: Noise = "none"
    """A generated bed, or "recordings"; "none" for silence."""
    recordings: str | None = Field(None, min_length=1)
    """Folder of recordings, looked through with its folders; the noise is then "recordings"."""
    snr_db: float = Field(20.0, ge=-30.0, le=60.0, allow_inf_nan=False)
    """Speech-active power over noise power, in dB, both after room and microphone."""
    microphone: Literal["flat", "collar", "far", "phone"] = "flat"
    """What it does to the spectrum."""

    @classmethod
    def parse(cls, value: object, where: str = "acoustics") -> Self:
        """Return the options of a preset's name or a table; raises ConfigError naming `where` and the key."""
        return cls.read({"preset": value} if not isinstance(value, dict) else value, where)

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, value: Any) -> Any:
        """Put a preset's values below those of the table; a string is a preset's name."""
        if isinstance(value, str):
            value = {"preset": value}
        if not isinstance(value, dict) or not isinstance(value.get("preset", ""), str):
            return value
        given: str = value.get("preset", "clean")
        name = SPELLINGS.get(given, given)
        if name not in PRESETS:
            raise ValueError(f'preset: unknown preset "{name}"{did_you_mean(name, PRESETS)}')
        implied = {"noise": "recordings"} if value.get("recordings") else {}
        return {**PRESETS[name], **implied, **value, "preset": name}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not all(1.0 <= side <= 40.0 for side in self.room):
            raise ValueError(f"room: a side of {self.room} is not within 1 to 40 metres")
        if 0.0 < self.rt60_s < 0.08:
            raise ValueError(f"rt60_s: {self.rt60_s} s is too short; give 0 for no room, or 0.08 to 2")
        if self.noise == "recordings" and self.recordings is None:
            raise ValueError('noise: "recordings" needs a folder: recordings = "…"')
        if self.noise != "recordings" and self.recordings is not None:
            raise ValueError(f'noise: "{self.noise}" does not go with recordings; leave out one of them')
        return self

    @property
    def clean(self) -> bool:
        """Whether nothing at all is done to a waveform."""
        return self.rt60_s == 0.0 and self.noise == "none" and MICROPHONES[self.microphone].transparent
