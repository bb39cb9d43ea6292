"""emotiontts: emotional speech of KAIST and Selvas AI (emotiontts_open_db). Korean, 15 speakers, 4 emotions.

`Emotional/plain-to-emotional/ema/wav/ema00201.wav`, its text in `…/ema/transcript/ema00201.txt` (UTF-8 with a
byte order mark). The hundreds of the file's number are the emotion: 0 neutral, 1 happy, 2 sad, 3 anger; the
readme of the corpus lists another order, but the texts and the F0 of the speech show this one.
"""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora import norms
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.spelling import NotUtf8Error, decoded

_LAYOUT = Layout(
    homes=("emotional", "emotiontts/emotional"),
    audio="*/*/wav/*",
    stem=re.compile(r"(?P<speaker>[a-z]{3})(?P<number>\d{5})"),
    example="Emotional/plain-to-emotional/ema/wav/ema00201.wav",
)

_EMOTIONS = ("neutral", "happiness", "sadness", "anger")


class EmotionTts(CorpusLoader):
    """Reads emotiontts."""

    name = "emotiontts"
    layout = _LAYOUT

    def parse(self, root: Path) -> Parsed:
        """Return emotiontts with mapped labels; genders are not known."""
        found = _LAYOUT.find(root)
        return Parsed(
            rows=pd.DataFrame([_row(path, name) for path, name in found.files]),
            label_range=norms.RANGE,
            notes=(norms.NOTE, *found.notes),
            licence="CC BY-NC-SA 4.0, research only",
        )


def _row(path: Path, name: re.Match[str]) -> dict[str, object]:
    hundreds = int(name["number"]) // 100
    emotion = _EMOTIONS[hundreds] if hundreds < len(_EMOTIONS) else ""
    return {
        "utterance": path.stem,
        "path": str(path),
        "speaker": name["speaker"],
        "transcript": _transcript(path.parent.parent / "transcript" / f"{path.stem}.txt"),
        "emotion": emotion,
        **norms.mapped_labels(emotion),
    }


def _transcript(path: Path) -> str:
    """Return the text beside an utterance, "" for none or one that is not text."""
    try:
        return " ".join(decoded(path.read_bytes()).split())
    except (FileNotFoundError, NotUtf8Error):
        return ""
