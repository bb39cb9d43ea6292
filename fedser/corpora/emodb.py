"""EmoDB: Burkhardt et al. (2005), Interspeech. German, 10 actors, 7 acted emotions.

`wav/03a01Wa.wav`: speaker, sentence, emotion (its German initial), version.
"""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora import norms
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed

_LAYOUT = Layout(
    homes=("wav", "emodb/wav", "emo-db/wav", "download/wav"),
    audio="*",
    stem=re.compile(r"(?P<speaker>\d\d)(?P<sentence>[ab]\d\d)(?P<emotion>[WLEAFTN])[a-z]"),
    example="wav/03a01Wa.wav",
)

_GENDERS = dict.fromkeys(("03", "10", "11", "12", "15"), "male") | dict.fromkeys(
    ("08", "09", "13", "14", "16"), "female"
)

_EMOTIONS = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}

_SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}


class EmoDb(CorpusLoader):
    """Reads EmoDB."""

    name = "emodb"
    layout = _LAYOUT

    def parse(self, root: Path) -> Parsed:
        """Return EmoDB with mapped labels."""
        found = _LAYOUT.find(root)
        return Parsed(
            rows=pd.DataFrame([_row(path, name) for path, name in found.files]),
            label_range=norms.RANGE,
            notes=(norms.NOTE, *found.notes),
        )


def _row(path: Path, name: re.Match[str]) -> dict[str, object]:
    emotion = _EMOTIONS[name["emotion"]]
    return {
        "utterance": path.stem,
        "path": str(path),
        "speaker": name["speaker"],
        "gender": _GENDERS.get(name["speaker"], ""),
        "transcript": _SENTENCES.get(name["sentence"], ""),
        "emotion": emotion,
        **norms.mapped_labels(emotion),
    }
