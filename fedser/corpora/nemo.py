"""nEMO: Christop (2024), LREC-COLING. Polish, 9 actors, 6 acted emotions.

`samples/WR0_surprised_64.wav` and `data.tsv`, one row an utterance. The tsv names .wav files, also in copies
that hold .flac, and pads its speakers with blanks.
"""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora import norms
from fedser.corpora.delimited import read_delimited
from fedser.corpora.layout import Found, Layout
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.errors import CorpusError

_LAYOUT = Layout(
    homes=("nemo",),
    audio="samples/*",
    stem=re.compile(r"[A-Z]{2}\d_[a-z]+_\d+"),
    example="samples/WR0_surprised_64.wav",
)

_COLUMNS = ("file_id", "emotion", "raw_text", "speaker_id", "gender")

_EMOTIONS = {emotion: emotion for emotion in ("anger", "fear", "happiness", "neutral", "sadness")} | {
    "surprised": "surprise"
}


class Nemo(CorpusLoader):
    """Reads nEMO."""

    name = "nemo"
    layout = _LAYOUT

    def parse(self, root: Path) -> Parsed:
        """Return what nEMO's tsv lists, with mapped labels; audio that it does not list is left out."""
        found = _LAYOUT.find(root)
        tsv = found.home / "data.tsv"
        if not tsv.is_file():
            raise CorpusError(f"no data.tsv beside the folder samples of {found.home}")
        table = read_delimited(tsv, delimiter="\t", quoted=False)
        table.need(_COLUMNS)
        rows = _rows(table.cells, found)
        unlisted = len(found.files) - int(rows["path"].isin([str(path) for path, _ in found.files]).sum())
        return Parsed(
            rows=rows,
            label_range=norms.RANGE,
            notes=(norms.NOTE, *found.notes, *_unlisted_note(unlisted)),
            licence="CC BY-NC-SA 4.0",
        )


def _rows(cells: pd.DataFrame, found: Found) -> pd.DataFrame:
    utterance = cells["file_id"].map(lambda name: Path(name).stem)
    paths = {path.stem: str(path) for path, _ in found.files}
    listed = cells["file_id"].map(lambda name: str(found.home / "samples" / name))
    emotion = cells["emotion"].map(_EMOTIONS).fillna("")
    labels = pd.DataFrame([norms.mapped_labels(category) for category in emotion])
    return pd.DataFrame(
        {
            "utterance": utterance,
            "path": utterance.map(paths).fillna(listed),
            "speaker": cells["speaker_id"],
            "gender": cells["gender"].where(cells["gender"].isin(["female", "male"]), ""),
            "transcript": cells["raw_text"],
            "emotion": emotion,
        }
    ).join(labels)


def _unlisted_note(count: int) -> tuple[str, ...]:
    return (f"audio files left out, not listed in data.tsv: {count}",) if count else ()
