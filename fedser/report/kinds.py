"""The kinds of run folders: how each is read, and what is made of it. A new kind is a line in `KINDS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.errors import RunError, did_you_mean
from fedser.report import moving, one_device, privacy, study
from fedser.report.figures.drawing import Drawing
from fedser.report.moving.drawings import drawings as moving_drawings
from fedser.report.moving.headline import headline as moving_headline
from fedser.report.one_device.drawings import drawings as one_device_drawings
from fedser.report.one_device.headline import headline as one_device_headline
from fedser.report.privacy.attack_drawings import attack_drawings
from fedser.report.privacy.frontier_drawings import frontier_drawings
from fedser.report.study.drawings import study_drawings
from fedser.report.study.page import study_headline
from fedser.results import Table, write_tables
from fedser.results.moving import all_moving_tables, read_moving_run
from fedser.results.moving.record import KIND as MOVING
from fedser.results.moving.warnings import moving_warnings
from fedser.results.one_device import all_tables, read_run
from fedser.results.one_device.warnings import one_device_warnings
from fedser.results.privacy import attack_tables, frontier_tables, read_attack_run, read_frontier_run
from fedser.results.privacy.run import ATTACK, FRONTIER
from fedser.results.record import ONE_DEVICE, kind_of, read_json
from fedser.results.study import STUDY, read_study_run, study_tables


@dataclass(frozen=True)
class RunKind:
    """What can be made of a finished run of one kind; all but `read` take what `read` returns."""

    name: str
    """What run.json calls it."""
    title: str
    """What messages call it."""
    read: Callable[[Path], Any]
    """Read a run folder; raises RunError, in one line, if it is not a finished run of this kind."""
    scores: Callable[[Any], pd.DataFrame]
    """What was measured, tidy: one row for each number."""
    tables: Callable[[Any], list[Table]]
    warnings: Callable[[Any], tuple[str, ...]]
    """What a reader must know before the numbers."""
    headline: Callable[[Any], list[str]]
    """What was found, in plain words, the first sentence for a reader in a hurry."""
    notes: Callable[[Any], tuple[str, ...]]
    """What is true of all tables."""
    drawings: Callable[[Any], Mapping[str, Drawing]]
    """The figures of the report by name."""
    write_page: Callable[[Any], Path]
    """Write report.html into the run's folder and return its path."""


def _nothing(_: object) -> tuple[str, ...]:
    return ()


def _no_headline(_: object) -> list[str]:
    """Return nothing: it stands on the page of a study alone."""
    return []


KINDS = {
    kind.name: kind
    for kind in (
        RunKind(
            ONE_DEVICE,
            "a run of one device",
            read_run,
            lambda run: run.scores,
            all_tables,
            one_device_warnings,
            one_device_headline,
            lambda run: run.notes,
            one_device_drawings,
            one_device.write_report,
        ),
        RunKind(
            MOVING,
            "a run of moving devices",
            read_moving_run,
            lambda run: run.scores,
            all_moving_tables,
            moving_warnings,
            moving_headline,
            lambda run: run.notes,
            moving_drawings,
            moving.write_report,
        ),
        RunKind(
            ATTACK,
            "a study of attacks",
            read_attack_run,
            lambda run: run.findings,
            lambda run: attack_tables(run.findings),
            _nothing,
            _no_headline,
            _nothing,
            attack_drawings,
            privacy.write_attack_page,
        ),
        RunKind(
            FRONTIER,
            "a privacy frontier",
            read_frontier_run,
            lambda run: run.cells,
            lambda run: frontier_tables(run.cells),
            _nothing,
            _no_headline,
            _nothing,
            frontier_drawings,
            privacy.write_frontier_page,
        ),
        RunKind(
            STUDY,
            "a study",
            read_study_run,
            lambda run: run.outcomes,
            study_tables,
            lambda run: run.warnings,
            study_headline,
            _nothing,
            study_drawings,
            study.write_study_page,
        ),
    )
}


def kind_of_run(folder: Path) -> RunKind:
    """Return the kind of the run in a folder, finished or not; raises RunError if it is no run folder."""
    name = kind_of(read_json(folder))
    if name not in KINDS:
        raise RunError(f'{folder / "run.json"}: unknown "kind" "{name}"{did_you_mean(name, KINDS)}')
    return KINDS[name]


def write_report(run_folder: Path) -> Path:
    """Write tables.{txt,md,tex} and report.html into a finished run folder and return the page's path.

    The same run gives the same bytes. Raises RunError if the folder is not a finished run, or is not writable.
    """
    kind = kind_of_run(run_folder)
    run = kind.read(run_folder)
    write_tables(run_folder, kind.tables(run), kind.notes(run))
    return kind.write_page(run)
