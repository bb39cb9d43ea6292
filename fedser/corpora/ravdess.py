"""RAVDESS: Livingstone & Russo (2018), PLoS ONE 13(5):e0196391. English, 24 actors, 8 acted emotions.

`Actor_01/03-01-06-01-02-01-12.wav`: modality, vocal channel, emotion, intensity, statement, repetition,
actor. Its speech is read; song (channel 02) and video (modalities 01, 02) are left out.
"""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora import norms
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed

_LAYOUT = Layout(
    homes=("audio_speech_actors_01-24", "ravdess", "ravdess/audio_speech_actors_01-24"),
    audio="Actor_[0-9][0-9]/*",
    stem=re.compile(r"03-01-(?P<emotion>\d\d)-(?P<intensity>0[12])-(?P<statement>0[12])-\d\d-(?P<actor>\d\d)"),
    example="Actor_01/03-01-05-02-01-01-01.wav",
)

_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}

_STATEMENTS = {"01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."}

_NORMAL = "01"
"""The weaker of the two intensities; the other is strong."""


class Ravdess(CorpusLoader):
    """Reads RAVDESS."""

    name = "ravdess"
    layout = _LAYOUT

    def parse(self, root: Path) -> Parsed:
        """Return RAVDESS' speech: mapped labels, normal intensity weaker; actors of odd number are male."""
        found = _LAYOUT.find(root)
        return Parsed(
            rows=pd.DataFrame([_row(path, name) for path, name in found.files]),
            label_range=norms.RANGE,
            notes=(norms.NOTE, norms.WEAKER_NOTE, *found.notes),
            licence="CC BY-NC-SA 4.0",
        )


def _row(path: Path, name: re.Match[str]) -> dict[str, object]:
    emotion = _EMOTIONS.get(name["emotion"], "")
    return {
        "utterance": path.stem,
        "path": str(path),
        "speaker": name["actor"],
        "gender": "male" if int(name["actor"]) % 2 else "female",
        "transcript": _STATEMENTS[name["statement"]],
        "emotion": emotion,
        **norms.mapped_labels(emotion, weaker=name["intensity"] == _NORMAL),
    }
