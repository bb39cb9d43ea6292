"""What a study and a comparison write: study.csv, spent.csv, run.json."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.results import files
from fedser.results.study.laid import Laid
from fedser.results.study.run import STUDY, Axis
from fedser.results.study.schema import study_schema
from fedser.results.untouched import FILES, digests_of
from simulations.run_folder import write_record
from simulations.run_record import now, peak_memory_mb

MOST_WARNINGS = 20
"""Of all cells together; each has them all on its own page."""


def write_study(folder: Path, record: Mapping[str, Any], axes: Sequence[Axis], laid: Laid) -> None:
    """Write the results of laid runs and the record that makes the folder a finished one."""
    schema = study_schema([axis.name for axis in axes])
    frames = {"study.csv": laid.outcomes, "spent.csv": laid.spent}
    for name, frame in frames.items():
        files.write(folder, name, frame.reset_index(drop=True), schema)
    known = set(pd.unique(laid.outcomes["measure"]))
    finished = dict(record) | {
        "kind": STUDY,
        "axes": [{"name": a.name, "labels": list(a.labels), "numbers": list(a.numbers or ())} for a in axes],
        "shown": [measure for measure in laid.shown if measure in known],
        "warnings": _few(laid.warnings),
        "peak_memory_mb": peak_memory_mb(),
        "finished": now(),
        FILES: digests_of(folder),
    }
    write_record(folder, finished)


def _few(warnings: Sequence[str]) -> list[str]:
    if len(warnings) <= MOST_WARNINGS:
        return list(warnings)
    return [*warnings[:MOST_WARNINGS], f"{len(warnings) - MOST_WARNINGS} more, on the pages of the cells"]
