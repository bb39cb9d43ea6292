"""`fedser privacy frontier`: noise × strategy × memory capacity against ε, utility and what an observer learns."""

import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import pandas as pd

from fedser.device.world import forget_data
from fedser.one_thread import one_thread
from fedser.report import write_report
from fedser.results import files
from fedser.results.privacy import SCHEMA
from fedser.results.privacy.run import FRONTIER
from fedser.results.untouched import FILES, digests_of
from simulations.moving.config import MovingConfig
from simulations.privacy_studies.attack import SPEECH
from simulations.privacy_studies.attacked import run_federation
from simulations.privacy_studies.config import FrontierConfig
from simulations.privacy_studies.frontier_cell import FrontierCell, rows_of_cell
from simulations.privacy_studies.refusals import check_attackable
from simulations.progress import meter
from simulations.run_folder import claim, is_finished, read_record, write_record
from simulations.run_record import now, peak_memory_mb
from simulations.sources import RunContext

ORDER = ["mode", "rule", "method", "memory", "capacity", "noise_multiplier", "seed"]


@one_thread()
def run_frontier(config: FrontierConfig, context: RunContext) -> Path:
    """Run or resume the sweep and return its page; a finished one is only reported again.

    Every cell is a run folder of its own, below `cells`; those that are finished are not run again.
    """
    shadows, targets = _checked(config, context.config_file)
    with claim(context.folder, config):
        if not is_finished(context.folder):
            record = read_record(context.folder) or {"kind": FRONTIER, "started": now()}
            write_record(context.folder, record)
            frame = pd.DataFrame(_cells(config, context, shadows, targets))
            frame = frame.sort_values(ORDER, kind="stable")
            files.write(context.folder, "frontier.csv", frame, SCHEMA)
            record |= {"finished": now(), "peak_memory_mb": peak_memory_mb(), FILES: digests_of(context.folder)}
            write_record(context.folder, record)
            forget_data()
            shutil.rmtree(context.folder / SPEECH, ignore_errors=True)
        return write_report(context.folder)


def _checked(
    config: FrontierConfig, where: Path
) -> tuple[dict[int, MovingConfig], dict[tuple[int, float], MovingConfig]]:
    """Return the federations by capacity, and by capacity and noise; raises ConfigError before any is run."""
    sweep, shadows, targets = config.sweep, {}, {}
    for capacity, noise in product(sweep.capacity, sweep.noise):
        shadows[capacity] = config.shadow_of(capacity, where)
        targets[capacity, noise] = config.cell(noise, capacity, where)
        check_attackable({"shadow": shadows[capacity], "target": targets[capacity, noise]}, (), str(where))
    return shadows, targets


def _cells(
    config: FrontierConfig,
    context: RunContext,
    shadows: dict[int, MovingConfig],
    targets: dict[tuple[int, float], MovingConfig],
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    speech = context.folder / SPEECH
    with meter("cells", len(targets)) as progress:
        for capacity, one in shadows.items():
            progress.show("", f"shadow, capacity {capacity}")
            folder = context.folder / "shadows" / f"memory-{capacity}"
            shadow = run_federation(one, replace(context, folder=folder), speech / f"shadow-{capacity}")
            for noise in (noise for (kept, noise) in targets if kept == capacity):
                name = f"noise-{noise:g}-memory-{capacity}"
                progress.show("", name)
                cell = context.folder / "cells" / name
                fresh = not is_finished(cell)
                target = run_federation(targets[capacity, noise], replace(context, folder=cell), speech / name)
                rows += rows_of_cell(config, FrontierCell(noise, capacity, shadow, target))
                shutil.rmtree(speech / name, ignore_errors=True)
                progress.finish("", name, fresh=fresh)
            shutil.rmtree(speech / f"shadow-{capacity}", ignore_errors=True)
    return rows
