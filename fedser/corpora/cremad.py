"""CREMA-D: Cao et al. (2014), IEEE Transactions on Affective Computing 5(4):377–390. English, 91 actors.

`AudioWAV/1001_DFA_ANG_XX.wav`: actor, sentence, emotion, intensity (LO, MD, HI, XX not said; one file of the
release ends in a single X). Genders are in `VideoDemographics.csv`, which may be missing.
"""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora import norms
from fedser.corpora.delimited import read_delimited
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed

_LAYOUT = Layout(
    homes=("audiowav", "crema-d/audiowav", "cremad/audiowav", "crema_d/audiowav"),
    audio="*",
    stem=re.compile(r"(?P<actor>\d{4})_(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(?P<intensity>LO|MD|HI|XX?)"),
    example="AudioWAV/1001_DFA_ANG_XX.wav",
)

_EMOTIONS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}

_SENTENCES = {
    "DFA": "Don't forget a jacket.",
    "IEO": "It's eleven o'clock.",
    "IOM": "I'm on my way to the meeting.",
    "ITH": "I think I have a doctor's appointment.",
    "ITS": "I think I've seen this before.",
    "IWL": "I would like a new alarm clock.",
    "IWW": "I wonder what this is about.",
    "MTI": "Maybe tomorrow it will be cold.",
    "TAI": "The airplane is almost full.",
    "TIE": "That is exactly what happened.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}

_GENDERS = {"Female": "female", "Male": "male"}


class Cremad(CorpusLoader):
    """Reads CREMA-D."""

    name = "cremad"
    layout = _LAYOUT

    def parse(self, root: Path) -> Parsed:
        """Return CREMA-D with mapped labels, low intensity weaker."""
        found = _LAYOUT.find(root)
        demographics = found.home.parent / "VideoDemographics.csv"
        genders = _genders(demographics) if demographics.is_file() else {}
        unknown = () if genders else ("genders unknown: no VideoDemographics.csv beside AudioWAV",)
        return Parsed(
            rows=pd.DataFrame([_row(path, name, genders) for path, name in found.files]),
            label_range=norms.RANGE,
            notes=(norms.NOTE, norms.WEAKER_NOTE, *unknown, *found.notes),
            licence="Open Database License 1.0",
        )


def _genders(path: Path) -> dict[str, str]:
    table = read_delimited(path)
    table.need(("ActorID", "Sex"))
    return {
        actor: _GENDERS[sex]
        for actor, sex in zip(table.cells["ActorID"], table.cells["Sex"], strict=True)
        if sex in _GENDERS
    }


def _row(path: Path, name: re.Match[str], genders: dict[str, str]) -> dict[str, object]:
    emotion = _EMOTIONS.get(name["emotion"], "")
    return {
        "utterance": path.stem,
        "path": str(path),
        "speaker": name["actor"],
        "gender": genders.get(name["actor"], ""),
        "transcript": _SENTENCES.get(name["sentence"], ""),
        "emotion": emotion,
        **norms.mapped_labels(emotion, weaker=name["intensity"] == "LO"),
    }
