"""MSP-Podcast: Lotfian & Busso (2019), IEEE Transactions on Affective Computing 10(4):471–483. English podcasts.

`Audios/MSP-PODCAST_0001_0008.wav`; labels in `labels_consensus.csv`, until release 1.9 `labels_concensus.csv`,
in a folder Labels, labels or label; transcripts, from release 1.12 on, in `Transcripts/<utterance>.txt`.

    FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
    MSP-PODCAST_0001_0008.wav,N,2.2,4.0,2.6,30,Male,Test1
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from fedser.audio import SUFFIXES
from fedser.corpora import omission
from fedser.corpora.delimited import Delimited, read_delimited
from fedser.corpora.labelled import join_audio
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.corpora.scale import rating
from fedser.corpora.texts import read_words, text_files
from fedser.errors import CorpusError

_STEM = re.compile(r"MSP-PODCAST_\w+", re.ASCII)

_LAYOUT = Layout(
    homes=("msp-podcast", "msp_podcast"),
    audio="[Aa]udios/*",
    stem=_STEM,
    example="Audios/MSP-PODCAST_0001_0008.wav",
)

LABEL_FILES = ("labels_consensus.csv", "labels_concensus.csv")

_LABEL_FOLDERS = ("Labels", "labels", "label", ".")

_COLUMNS = ("FileName", "EmoClass", "EmoAct", "EmoVal", "SpkrID", "Gender", "Split_Set")

_GENDERS = {"female": "female", "male": "male", "unknown": "", "": ""}

_SPLITS = {"Train": "train", "Validation": "validation", "Development": "validation"}

_TESTS = ("Test1", "Test2", "Test3")


class MspPodcast(CorpusLoader):
    """MSP-Podcast; its own splits are kept even if a speaker is in two of them, which a note then says."""

    name = "msp-podcast"
    layout = _LAYOUT

    test: Literal["Test1", "Test2", "Test3"] = "Test1"
    """Which of the corpus' test sets is the test split; the others are left out, but their labels still define the
    ends of the scale."""
    speaker_overlap: Literal["refuse", "keep"] = "keep"
    """"refuse" makes a speaker in two splits an error."""

    def parse(self, root: Path) -> Parsed:
        """Return MSP-Podcast with the raters' means."""
        found = _LAYOUT.find(root)
        path, notes = _label_file(found.home)
        labels = _labels(read_delimited(path), self)
        rows = join_audio(labels, found.paths(), lambda utterance: found.home / "Audios" / f"{utterance}.wav")
        words = read_words(text_files([found.home / "Transcripts"]))
        rows["transcript"] = [words.get(utterance, "") for utterance in rows["utterance"]]
        return Parsed(
            rows=rows.fillna(dict.fromkeys(("speaker", "gender", "split", "reason", "emotion"), "")),
            label_range=(1.0, 7.0),
            notes=(*notes, *found.notes),
            licence="MSP-Podcast academic licence (UT Dallas): research only",
        )


def _label_file(home: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the label file and a note where there was a choice."""
    places = [home / folder / name for folder in _LABEL_FOLDERS for name in LABEL_FILES]
    files = [path for path in places if path.is_file()]
    if not files:
        raise CorpusError(
            f"no labels: neither {' nor '.join(LABEL_FILES)} in a folder Labels, labels or label of {home}"
        )
    return files[0], tuple(f"labels of {files[0].name} taken, {path.name} passed over" for path in files[1:])


def _labels(table: Delimited, options: MspPodcast) -> dict[str, dict[str, object]]:
    """Return the labels of each utterance; raises CorpusError naming the line of any that cannot be read."""
    table.need(_COLUMNS)
    utterances = table.converted("FileName", _utterance)
    table.refuse_twins(utterances)
    splits = table.converted("Split_Set", _split_of(options.test))
    columns: dict[str, Sequence[object]] = {
        "activation": table.converted("EmoAct", rating),
        "valence": table.converted("EmoVal", rating),
        "speaker": table.converted("SpkrID", lambda cell: "" if cell.lower() == "unknown" else cell),
        "gender": table.converted("Gender", _gender),
        "split": splits,
        "reason": ["" if split else omission.OTHER_PARTITION for split in splits],
        "emotion": table.cells["EmoClass"].tolist(),
    }
    rows = zip(*columns.values(), strict=True)
    return {
        utterance: dict(zip(columns, row, strict=True)) for utterance, row in zip(utterances, rows, strict=True)
    }


def _utterance(cell: str) -> str:
    name, _, ending = cell.rpartition(".")
    if f".{ending.lower()}" not in SUFFIXES or not _STEM.fullmatch(name):
        raise ValueError("is no file of MSP-Podcast; expected a name such as MSP-PODCAST_0001_0008.wav")
    return name


def _gender(cell: str) -> str:
    if cell.lower() not in _GENDERS:
        raise ValueError("is not Male, Female or Unknown")
    return _GENDERS[cell.lower()]


def _split_of(test: str) -> Callable[[str], str]:
    """Return what gives the split of a cell, "" for a test set that is not `test`."""

    def split(cell: str) -> str:
        if cell in _TESTS:
            return "test" if cell == test else ""
        if cell not in _SPLITS:
            raise ValueError(f"is no split; known: {', '.join((*_SPLITS, *_TESTS))}")
        return _SPLITS[cell]

    return split
