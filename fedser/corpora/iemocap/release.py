"""Where a release of IEMOCAP keeps what.

`Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav`: session, whose motion was captured in it
(not the speaker), dialogue; then who speaks in this turn, and its number. Labels lie in
`Session*/dialog/EmoEvaluation/*.txt`, or all of them in one file at the root, transcripts in
`Session*/dialog/transcriptions/*.txt`.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from fedser.corpora.iemocap.evaluations import TURN, Turn, read_evaluations
from fedser.corpora.labelled import join_audio
from fedser.corpora.layout import Layout
from fedser.corpora.loader import Loader, Parsed
from fedser.corpora.options import CorpusOptions
from fedser.corpora.texts import read_lines
from fedser.errors import CorpusError
from typing import Literal

_LAYOUT = Layout(
    homes=("iemocap_full_release", "iemocap", "iemocap/iemocap_full_release"),
    audio="Session[1-5]/sentences/wav/*/*",
    stem=TURN,
    example="Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
)

MERGED = "IEMOCAP_EmoEvaluation.txt"

_SPLITS = {"1": "train", "2": "train", "3": "train", "4": "validation", "5": "test"}
"""By session."""

_GENDERS = {"F": "female", "M": "male"}

_SPOKEN = re.compile(r"(?P<turn>Ses\w+)\s+\[[^\]]*\]\s*:?\s*(?P<words>.*)")


class IemocapOptions(CorpusOptions):
    """`ratings_checked`: which ratings behind a label must all be there and on the scale of 1 to 5.

    "all": those of the raters and of the speakers themselves; "self-reports": only the latter, as the loader
    of the paper's submission did. An utterance with any other is left out.
    """

    ratings_checked: Literal["all", "self-reports"] = "all"


def parse(root: Path, options: IemocapOptions) -> Parsed:
    """Return IEMOCAP with its mean ratings, and with the speakers' reports on themselves as extra columns."""
    found = _LAYOUT.find(root)
    files = _label_files(found.home)
    turns = read_evaluations(files)
    self_reports_only = options.ratings_checked == "self-reports"
    labels = {turn.utterance: _columns(turn, self_reports_only) for turn in turns}
    rows = join_audio(labels, found.paths(), lambda utterance: _place_of(found.home, utterance))
    name = rows["utterance"].str.extract(TURN)
    words = _transcripts(found.home)
    rows["speaker"] = name["session"] + name["who"]
    rows["gender"] = name["who"].map(_GENDERS)
    rows["split"] = name["session"].map(_SPLITS)
    rows["transcript"] = rows["utterance"].map(words).fillna("")
    rows[["reason", "emotion"]] = rows[["reason", "emotion"]].fillna("")
    return Parsed(
        rows=rows,
        label_range=(1.0, 5.0),
        notes=(_checked_note(self_reports_only), *found.notes),
        licence="IEMOCAP release agreement (USC SAIL): research only",
    )
