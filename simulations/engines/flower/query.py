"""One question to a SuperLink, by Flower's own command line."""

import json
from collections.abc import Sequence
from typing import Any

from fedser.errors import RunError
from simulations.engines.flower.home import FlowerHome
from simulations.engines.flower.process import FlowerProcess

ANSWER_S = 60.0
"""The longest an answer may take; importing Flower takes most of it."""


def ask(home: FlowerHome, command: Sequence[str]) -> dict[str, Any]:
    """Return what `flwr … --format json` answers; raises RunError if that is no success."""
    query = FlowerProcess(["flwr", *command, "--format", "json"], home, home.folder / "answers")
    try:
        query.wait(ANSWER_S)
    finally:
        query.end()
    said = query.said()
    try:
        answer: dict[str, Any] = json.loads(said[said.index("{") :])  # words for people come first
    except ValueError:
        answer = {}
    if not answer.get("success"):
        raise RunError(f"flwr {' '.join(command)}: no answer from the SuperLink ({_last_words(said)})")
    return answer


def _last_words(text: str) -> str:
    lines = text.split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
