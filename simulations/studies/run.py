"""`fedser study`: every cell a run of its own, in parallel; then one CSV file and one page of them all."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.config import Section
from fedser.errors import RunError, UserError
from fedser.one_thread import one_thread
from fedser.protocol.stage_pool import SharedStages
from fedser.report import write_report
from fedser.results.study.laid import LaidRun, lay
from fedser.results.study.run import STUDY, Axis
from fedser.version import __version__
from fedser.worker_process import become_worker, worker_context
from fedser.worker_start import open_pool
from simulations.kinds import experiment_kind
from simulations.progress import meter, silently
from simulations.run_folder import claim, config_text, is_finished, read_record, write_record
from simulations.run_record import now
from simulations.sources import RunContext
from simulations.studies.cells import Plan, StudyCell, plan_of
from simulations.studies.config import StudyConfig
from simulations.studies.writing import write_study

CELLS, SHARED = "cells", "shared"
"""Folders of a study: the run of each cell; while it runs, the stages that cells have in common."""


@one_thread()
def run_study(config: StudyConfig, context: RunContext) -> Path:
    """Run or resume a study and return its page; a finished one is only reported again."""
    plan = plan_of(config, context.config_file)
    with claim(context.folder, config):
        if not is_finished(context.folder):
            _run(config, plan, context)
        return write_report(context.folder)


def axes_of(config: StudyConfig) -> list[Axis]:
    """Return the axes as results know them."""
    axes = [(axis, axis.numbers()) for axis in config.axes]
    return [Axis(axis.name, tuple(axis.labels()), tuple(n) if n else None) for axis, n in axes]


def _run(config: StudyConfig, plan: Plan, context: RunContext) -> None:
    folder, began = context.folder, time.perf_counter()
    record: dict[str, Any] = read_record(folder) or {
        "kind": STUDY,
        "fedser": __version__,
        "command": context.command,
        "started": now(),
    }
    write_record(folder, record)
    _hear(plan, context)
    heard = time.perf_counter()
    with meter("cells", len(plan.cells)) as progress:
        for cell, fresh in _done(plan, context):
            progress.finish("", cell.name, fresh=fresh)
    names = [axis.name for axis in config.axes]
    laid = lay(
        plan.kind.name,
        [
            LaidRun(cell.name, dict(zip(names, cell.levels, strict=True)), folder / CELLS / cell.folder)
            for cell in plan.cells
        ],
    )
    timings = record.setdefault("timings", [])
    timings.append(
        {
            "workers": context.workers,
            "hear_s": round(heard - began, 1),
            "cells_s": round(time.perf_counter() - heard, 1),
        }
    )
    record["spent"] = _spent(plan, context, record)
    write_study(folder, record, axes_of(config), laid)
    shutil.rmtree(folder / SHARED, ignore_errors=True)


def _hear(plan: Plan, context: RunContext) -> None:
    """Compute the features that cells have in common once, by all workers, before any cell needs them."""
    known = set()
    for cell in plan.cells:
        heard = {name: getattr(cell.experiment, name, None) for name in _Heard.model_fields}
        key = config_text(_Heard(**{name: _plain(value) for name, value in heard.items()}))
        if key not in known and not is_finished(context.folder / CELLS / cell.folder):
            for _ in plan.kind.extract(cell.experiment, context):
                pass
        known.add(key)


class _Heard(Section):
    """The sections and keys that say what an experiment hears, and so what is extracted for it."""

    environments: Any = None
    corpora: Any = None
    features: Any = None
    transcription: Any = None
    server: Any = None
    rooms: Any = None
    seeds: Any = None


def _plain(value: Any) -> Any:
    """Return sections as plain values; named ones by name, for their order changes nothing that is heard."""
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=lambda table: str(table.get("name")))
    return value.model_dump() if isinstance(value, Section) else value


def _done(plan: Plan, context: RunContext) -> Iterator[tuple[StudyCell, bool]]:
    """Run the cells and yield each when it is finished, and whether there was anything to do."""
    if context.workers == 1:
        for cell in plan.cells:
            yield cell, run_cell(plan.kind.name, cell, context)
        return
    executor = open_pool(worker_context(), min(context.workers, len(plan.cells)), become_worker)
    others = set(active_children())
    try:
        yield from _from_pool(executor, plan, context)
    except BrokenProcessPool:
        raise RunError(
            "a worker process died, perhaps for want of memory; resume with --run, and fewer --workers"
        ) from None
    except BaseException:
        # Ctrl-C, or a cell that cannot go on: what the others have learnt is on disk, so nobody waits.
        for child in set(active_children()) | others:
            child.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _from_pool(executor: ProcessPoolExecutor, plan: Plan, context: RunContext) -> Iterator[tuple[StudyCell, bool]]:
    waiting = {executor.submit(run_cell, plan.kind.name, cell, context): cell for cell in plan.cells}
    for future in as_completed(waiting):
        yield waiting[future], future.result()


def run_cell(kind: str, cell: StudyCell, context: RunContext) -> bool:
    """Run one cell in this process, or resume it; return whether there was anything to do."""
    folder = context.folder / CELLS / cell.folder
    fresh = not is_finished(folder)
    own = replace(context, folder=folder, workers=1, page=False, shared=context.folder / SHARED)
    try:
        with silently():
            experiment_kind(kind).run(cell.experiment, own)
    except UserError as error:
        raise RunError(f"cell {cell.name}: {error}") from None
    return fresh


def _spent(plan: Plan, context: RunContext, record: dict[str, Any]) -> list[str]:
    """Return sentences about what the study cost, and what sharing has saved."""
    timings = record["timings"]
    took_s = sum(part["hear_s"] + part["cells_s"] for part in timings)
    workers = f"{timings[-1]['workers']} worker{'s' if timings[-1]['workers'] > 1 else ''}"
    said = [f"{len(plan.cells)} cells took {took_s:,.0f} s with {workers}, features included."]
    trained = SharedStages(context.folder / SHARED).seconds()
    if trained and len(timings) == 1:
        counts, seconds = zip(*(_stages(context.folder / CELLS / c.folder) for c in plan.cells), strict=True)
        said.append(
            f"Of {sum(counts)} stages of training {len(trained)} differed and were trained, in "
            f"{sum(trained):,.0f} s; training each would have taken {sum(seconds):,.0f} s."
        )
    return said


def _stages(folder: Path) -> tuple[int, float]:
    """Return how many stages of training a run of one device holds, and their seconds; the first counts once."""
    costs = pd.read_csv(folder / "costs.csv")
    if "stage" not in costs:
        return 0, 0.0
    first = costs["stage"] == costs["stage"].iloc[0]
    once = pd.concat([costs[first].drop_duplicates("seed"), costs[~first]])
    return len(once), float(once["seconds"].sum())
