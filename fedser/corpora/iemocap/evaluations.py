"""IEMOCAP's label files: a block of lines for each turn.

    [6.2901 - 8.2357]   Ses01F_impro01_F000   neu   [2.5000, 2.5000, 2.5000]
    C-E2:   Neutral;   ()
    A-E3:   val 3; act 2; dom  2;   ()
    A-F1:   val 3; act 2; dom  1;   ()

The first line holds the category and the raters' mean **valence, activation, dominance**, in this order. Then
come the categories (C) and the attributes (A) that each rater (E) or the speaker (F or M) gave.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fedser.corpora import omission
from fedser.corpora.scale import rating
from fedser.corpora.texts import read_lines
from fedser.errors import CorpusError

TURN = re.compile(r"Ses(?P<session>0[1-5])[FM]_(?P<dialogue>\w+)_(?P<who>[FM])(?:\d{3}|XX\d)", re.ASCII)
"""Name of a turn; the last letter says who speaks, and `XX` stands for a turn that was not segmented."""

RANGE = (1.0, 5.0)

_TIME = r"-?\d+(?:\.\d+)?"
_SUMMARY = re.compile(rf"\[\s*{_TIME} - {_TIME}\s*\]\s+(?P<turn>\S+)\s+(?P<emotion>\w+)\s+\[(?P<means>[^\[\]]*)\]")
_ATTRIBUTES = re.compile(r"A-[EFM]\d+:\s*val\s+(?P<val>[^;]*);\s*act\s+(?P<act>[^;]*);\s*dom\s+(?P<dom>[^;]*);.*")
_EXAMPLE = "[6.2901 - 8.2357] Ses01F_impro01_F000 neu [2.5000, 2.5000, 2.5000]"

_PREFIXES = {"A-E": "rater", "A-F": "self-report", "A-M": "self-report"}


@dataclass
class Turn:
    """A turn's labels: mean ratings, NaN for none; and what is wrong with the ratings behind them.

    rater_fault, self_report_fault: one of `omission.REASONS`, "" for none.
    """

    utterance: str
    emotion: str
    valence: float
    activation: float
    place: str
    self_report: dict[str, float] = field(default_factory=dict)
    rater_fault: str = ""
    self_report_fault: str = ""


def read_evaluations(files: Iterable[Path]) -> list[Turn]:
    """Return the turns of some label files.

    Raises CorpusError, naming file and line, for a line that is none of those above, a mean that is no
    number, a turn that comes twice, or a turn with two self-reports.
    """
    turns: dict[str, Turn] = {}
    for path in files:
        turn: Turn | None = None
        for number, line in read_lines(path):
            place = f"{path.name}, line {number}"
            if line.startswith("["):
                turn = _turn(line, place)
                if turn.utterance in turns:
                    raise CorpusError(f"{place}: {turn.utterance} again; first in {turns[turn.utterance].place}")
                turns[turn.utterance] = turn
            elif not line.startswith(("%", "C-")):
                _add_ratings(turn, line, place)
    return list(turns.values())


def _turn(line: str, place: str) -> Turn:
    parts = _SUMMARY.fullmatch(line)
    if not parts or not TURN.fullmatch(parts["turn"]):
        raise CorpusError(f'{place}: "{line:.80}" is no turn; expected, for example, {_EXAMPLE}')
    cells = parts["means"].split(",")
    try:
        valence, activation, _ = (rating(cell) for cell in cells)
    except ValueError:
        raise CorpusError(
            f"{place}: [{parts['means']:.60}] is not the mean valence, activation, dominance"
        ) from None
    return Turn(parts["turn"], parts["emotion"], valence, activation, place)


def _add_ratings(turn: Turn | None, line: str, place: str) -> None:
    """Take note of one rater's, or the speaker's own, attributes."""
    kind = _PREFIXES.get(line[:3])
    if turn is None or kind is None:
        raise CorpusError(f'{place}: "{line:.80}" belongs to no turn, or is no rating')
    values, fault = _attributes(line)
    if kind == "rater":
        turn.rater_fault = worse(turn.rater_fault, fault)
        return
    if turn.self_report:
        raise CorpusError(f"{place}: a second self-report for {turn.utterance}; keep one")
    turn.self_report = values
    turn.self_report_fault = fault


def _attributes(line: str) -> tuple[dict[str, float], str]:
    """Return the ratings of a line, NaN where blank or unreadable, and what is wrong with them."""
    parts = _ATTRIBUTES.fullmatch(line)
    values = {name: _rating_or_nan(parts[name]) if parts else math.nan for name in ("val", "act", "dom")}
    if any(math.isnan(value) for value in values.values()):
        return values, omission.PARTIAL_LABEL
    inside = all(RANGE[0] <= value <= RANGE[1] for value in values.values())
    return values, "" if inside else omission.OUT_OF_RANGE


def _rating_or_nan(cell: str) -> float:
    try:
        return rating(cell)
    except ValueError:
        return math.nan


def worse(*faults: str) -> str:
    """Return the fault that counts, "" for none."""
    return next((reason for reason in omission.REASONS if reason in faults), "")
