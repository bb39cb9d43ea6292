"""Where a release of IEMOCAP keeps what.

`Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav`: session, whose motion was captured in it
(not the speaker), dialogue; then who speaks in this turn, and its number. Labels lie in
`Session*/dialog/EmoEvaluation/*.txt`, or all of them in one file at the root, transcripts in
`Session*/dialog/transcriptions/*.txt`.
"""

import math
import re
from pathlib import Path
from typing import Literal

from fedser.corpora.iemocap.evaluations import RANGE, TURN, Turn, read_evaluations, worse
from fedser.corpora.labelled import join_audio
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.corpora.texts import read_lines
from fedser.errors import CorpusError

MERGED = "IEMOCAP_EmoEvaluation.txt"

_LAYOUT = Layout(
    homes=("iemocap_full_release", "iemocap", "iemocap/iemocap_full_release"),
    audio="Session[1-5]/sentences/wav/*/*",
    stem=TURN,
    example="Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
)

_SPLITS = {"01": "train", "02": "train", "03": "train", "04": "validation", "05": "test"}
"""By session."""

_GENDERS = {"F": "female", "M": "male"}

_SPOKEN = re.compile(r"(?P<turn>Ses\w+)\s+\[[^\]]*\]:?\s*(?P<words>.*)")


class Iemocap(CorpusLoader):
    """IEMOCAP. The labels of observers and speakers are both kept as extra columns, on the scale of 1 to 5."""

    name = "iemocap"
    layout = _LAYOUT

    ratings_checked: Literal["all", "self-reports"] = "all"
    """Which ratings behind a label must all be there and on the scale of 1 to 5: "all", those of the raters and of
    the speakers themselves, or "self-reports", only the latter, as the loader of the paper's submission had it. An
    utterance with any other is left out."""
    rated_by: Literal["observers", "speakers"] = "observers"
    """Whose labels are the targets: the mean of the observers' or the speakers' own. Few turns have the latter;
    the others are then left out."""

    def parse(self, root: Path) -> Parsed:
        """Return IEMOCAP with the raters' means, and the speakers' reports on themselves as extra columns."""
        found = _LAYOUT.find(root)
        files, notes = _label_files(found.home)
        labels = {turn.utterance: _columns(turn, self) for turn in read_evaluations(files)}
        rows = join_audio(labels, found.paths(), lambda utterance: _place_of(found.home, utterance))
        name = rows["utterance"].str.extract(TURN)
        words = _transcripts(found.home)
        rows["speaker"] = name["session"] + name["who"]
        rows["gender"] = name["who"].map(_GENDERS)
        rows["split"] = name["session"].map(_SPLITS)
        rows["transcript"] = [words.get(utterance, "") for utterance in rows["utterance"]]
        return Parsed(
            rows=rows.fillna({"reason": "", "emotion": ""}),
            label_range=RANGE,
            notes=(*notes, *found.notes),
            licence="IEMOCAP release agreement (USC SAIL): research only",
        )


def _label_files(home: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Return the label files and a note where there was a choice."""
    each = sorted(home.glob("Session[1-5]/dialog/EmoEvaluation/Ses*.txt"))
    merged = home / MERGED
    if not each and not merged.is_file():
        raise CorpusError(
            f"no labels: neither Session1/dialog/EmoEvaluation/Ses01F_impro01.txt, …, nor {MERGED} in {home}"
        )
    if not each:
        return [merged], ()
    return each, (f"labels of the sessions taken, {MERGED} passed over",) if merged.is_file() else ()


def _columns(turn: Turn, options: Iemocap) -> dict[str, object]:
    raters = turn.rater_fault if options.ratings_checked == "all" else ""
    reported = turn.self_report.get("act", math.nan), turn.self_report.get("val", math.nan)
    observed = turn.activation, turn.valence
    activation, valence = reported if options.rated_by == "speakers" else observed
    return {
        "activation": activation,
        "valence": valence,
        "reason": worse(raters, turn.self_report_fault),
        "emotion": turn.emotion,
        "self_report_activation": turn.self_report.get("act"),
        "self_report_valence": turn.self_report.get("val"),
        "observed_activation": turn.activation,
        "observed_valence": turn.valence,
    }


def _place_of(home: Path, utterance: str) -> Path:
    """Return where the audio of a labelled turn should lie."""
    dialogue = utterance.rpartition("_")[0]
    return home / f"Session{utterance[4]}" / "sentences" / "wav" / dialogue / f"{utterance}.wav"


def _transcripts(home: Path) -> dict[str, str]:
    """Return what is said in each turn; lines that name no turn, such as "M: Yeah.", are of no use."""
    files = home.glob("Session[1-5]/dialog/transcriptions/Ses*.txt")
    lines = (_SPOKEN.fullmatch(line) for path in sorted(files) for _, line in read_lines(path))
    return {line["turn"]: " ".join(line["words"].split()) for line in lines if line}
