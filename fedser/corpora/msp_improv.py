"""MSP-IMPROV: Busso et al. (2017), IEEE Transactions on Affective Computing 8(1):67–80. English, 12 actors.

`Audio/session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav`: sentence and intended emotion; speaker, whose digits
are the session; scenario; genders of listener and speaker, and the turn. Some copies lack the folder Audio.
Labels are in `Evalution.txt` (the release's spelling), a line for each turn, its raters' lines below it:

    UTD-IMPROV-S01A-F01-P-FM01.avi; N; A:3.200000; V:2.800000; D:3.000000 ; N:3.600000;
    WORKER01; Neutral; Neutral,Calm; A:3.000000; V:3.000000; D:3.000000; N:4.000000;

Activation is stored reversed, 1 being active.
"""

import re
from pathlib import Path

from fedser.corpora.labelled import join_audio
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.corpora.scale import rating
from fedser.corpora.texts import read_lines, read_words, text_files
from fedser.errors import CorpusError

_CODE = (
    r"S(?P<sentence>\d\d)(?P<intended>[AHSN])-(?P<speaker>(?P<gender>[FM])(?P<session>0[1-6]))"
    r"-(?P<scenario>[PRST])-[FM]{2}\d{2,3}"
)
_STEM = re.compile(rf"MSP-IMPROV-{_CODE}", re.ASCII)

_LAYOUT = Layout(
    homes=("audio", "msp-improv", "msp-improv/audio", "msp_improv", "msp_improv/audio"),
    audio="[Ss]ession[1-6]/*/*/*",
    stem=_STEM,
    example="Audio/session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav",
)

LABEL_FILES = ("Evalution.txt", "Evaluation.txt")

_RANGE = (1.0, 5.0)

_MEANS = re.compile(
    rf"UTD-IMPROV-(?P<code>{_CODE})\.(?:avi|wav)\s*;\s*(?P<emotion>\w)\s*;"
    r"\s*A:(?P<activation>[^;]*);\s*V:(?P<valence>[^;]*);\s*D:[^;]*;\s*N:[^;]*;?",
    re.ASCII,
)
_RATER = re.compile(r"(?!UTD-IMPROV-)[\w-]+\s*;.*;\s*A:[^;]*;\s*V:[^;]*;\s*D:[^;]*;\s*N:[^;]*;?", re.ASCII)

_SPLITS = {"01": "train", "02": "train", "03": "train", "04": "train", "05": "validation", "06": "test"}
"""By session."""

_GENDERS = {"F": "female", "M": "male"}

_TRANSCRIPTS = ("Human_transcriptions/All_human_transcriptions", "All_human_transcriptions", "Text")


class MspImprov(CorpusLoader):
    """Reads MSP-IMPROV."""

    name = "msp-improv"
    layout = _LAYOUT

    def parse(self, root: Path) -> Parsed:
        """Return MSP-Improv with the raters' means."""
        found = _LAYOUT.find(root)
        path, notes = _label_file(found.home)
        rows = join_audio(_labels(path), found.paths(), lambda utterance: _place_of(found.home, utterance))
        words = read_words(text_files(path.parent / folder for folder in _TRANSCRIPTS))
        name = rows["utterance"].str.extract(_STEM)
        rows["speaker"] = name["speaker"]
        rows["gender"] = name["gender"].map(_GENDERS)
        rows["split"] = name["session"].map(_SPLITS)
        rows["transcript"] = [words.get(utterance, "") for utterance in rows["utterance"]]
        return Parsed(
            rows=rows.fillna({"emotion": ""}),
            label_range=_RANGE,
            notes=(*notes, *found.notes),
            licence="MSP-IMPROV academic licence (UT Dallas): research only",
        )


def _label_file(home: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the label file and a note where there was a choice."""
    files = [folder / name for folder in (home, home.parent) for name in LABEL_FILES if (folder / name).is_file()]
    if not files:
        raise CorpusError(f"no labels: neither {' nor '.join(LABEL_FILES)} in {home} or the folder around it")
    return files[0], tuple(f"labels of {files[0].name} taken, {path.name} passed over" for path in files[1:])


def _labels(path: Path) -> dict[str, dict[str, object]]:
    """Return the labels of each turn; raises CorpusError, naming the line, for one that cannot be read."""
    labels: dict[str, dict[str, object]] = {}
    for number, line in read_lines(path):
        means = _MEANS.fullmatch(line)
        if not means:
            if not _RATER.fullmatch(line):
                raise CorpusError(
                    f'{path.name}, line {number}: "{line:.80}" is neither a turn nor a rater\'s line'
                )
            continue
        utterance = f"MSP-IMPROV-{means['code']}"
        if utterance in labels:
            raise CorpusError(f"{path.name}, line {number}: {utterance} again; keep one")
        try:
            labels[utterance] = _columns(means)
        except ValueError as error:
            raise CorpusError(f'{path.name}, line {number}: a label of "{line:.80}" {error}') from None
    return labels


def _columns(means: re.Match[str]) -> dict[str, object]:
    low, high = _RANGE
    return {
        "activation": low + high - rating(means["activation"]),
        "valence": rating(means["valence"]),
        "emotion": means["emotion"],
    }


def _place_of(home: Path, utterance: str) -> Path:
    """Return where the audio of a labelled turn should lie."""
    name = _STEM.fullmatch(utterance)
    if name is None:
        raise ValueError(f"{utterance} is no utterance of MSP-IMPROV")
    sentence = f"S{name['sentence']}{name['intended']}"
    return home / f"session{name['session'][1]}" / sentence / name["scenario"] / f"{utterance}.wav"
