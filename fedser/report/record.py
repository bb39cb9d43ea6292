"""run.json for a reader."""

from collections.abc import Mapping
from typing import Any

ELSEWHERE = ("notes", "defaults", "warnings")
"""What a page shows in places of their own."""


def record_lines(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return run.json line by line, nested names joined, without what the page shows elsewhere."""
    lines: list[tuple[str, str]] = []
    for key, value in record.items():
        if key in ELSEWHERE:
            continue
        if isinstance(value, Mapping):
            lines += [(f"{key}: {name}", _plain(inner)) for name, inner in value.items()]
        else:
            lines.append((key, _plain(value)))
    return [(name.replace("_", " "), text) for name, text in lines]


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ("; " if value and isinstance(value[0], Mapping) else ", ").join(_plain(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_plain(inner)}" for key, inner in value.items())
    return "–" if value is None else str(value)
