"""`fedser privacy frontier`: noise × strategy × memory capacity against ε, utility and what an observer learns."""

import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import pandas as pd
import torch

from fedser.report.privacy import frontier_tables, write_frontier_page
from fedser.report.privacy.schema import SCHEMA
from fedser.results import files, write_tables
from simulations.moving.config import MovingConfig
from simulations.privacy_studies.attack import SPEECH
from simulations.privacy_studies.attacked import run_federation
from simulations.privacy_studies.config import FrontierConfig, check_attackable
from simulations.privacy_studies.frontier_cell import Cell, rows_of_cell
from simulations.progress import meter
from simulations.run_folder import claim, is_finished, read_record, write_record
from simulations.run_record import now, peak_memory_mb
from simulations.sources import Place

ORDER = ["method", "memory", "capacity", "noise_multiplier", "seed"]


def run_frontier(config: FrontierConfig, place: Place, where: Path) -> Path:
    """Run or resume the sweep of the file `where` and return its page; a finished one is only reported again.

    Every cell is a run folder of its own, below `cells`; those that are finished are not run again.
    """
    shadows, targets = _checked(config, where)
    with claim(place.folder, config):
        if not is_finished(place.folder):
            record = read_record(place.folder) or {"kind": "frontier", "started": now()}
            write_record(place.folder, record)
            frame = pd.DataFrame(_cells(config, place, shadows, targets))
            frame = frame.sort_values(ORDER, kind="stable")
            files.write(place.folder, "frontier.csv", frame, SCHEMA)
            record |= {"finished": now(), "peak_memory_mb": peak_memory_mb()}
            write_record(place.folder, record)
            shutil.rmtree(place.folder / SPEECH, ignore_errors=True)
        cells = files.read(place.folder, "frontier.csv", SCHEMA)
        write_tables(place.folder, frontier_tables(cells))
        return write_frontier_page(place.folder, cells)


def _checked(
    config: FrontierConfig, where: Path
) -> tuple[dict[int, MovingConfig], dict[tuple[int, float], MovingConfig]]:
    """Return the federations by capacity, and by capacity and noise; raises ConfigError before any is run."""
    sweep, shadows, targets = config.sweep, {}, {}
    for capacity, noise in product(sweep.capacity, sweep.noise):
        shadows[capacity] = config.shadow_of(capacity, where)
        targets[capacity, noise] = config.cell(noise, capacity, where)
        check_attackable({"shadow": shadows[capacity], "target": targets[capacity, noise]}, str(where))
    return shadows, targets


def _cells(
    config: FrontierConfig,
    place: Place,
    shadows: dict[int, MovingConfig],
    targets: dict[tuple[int, float], MovingConfig],
) -> list[dict[str, object]]:
    torch.set_num_threads(1)  # by rounding, the number of threads would change the findings
    rows: list[dict[str, object]] = []
    speech = place.folder / SPEECH
    with meter("cells", len(targets)) as progress:
        for capacity, one in shadows.items():
            progress.show("", f"shadow, capacity {capacity}")
            folder = place.folder / "shadows" / f"memory-{capacity}"
            shadow = run_federation(one, replace(place, folder=folder), speech / f"shadow-{capacity}")
            for noise in (noise for (kept, noise) in targets if kept == capacity):
                name = f"noise-{noise:g}-memory-{capacity}"
                progress.show("", name)
                cell = place.folder / "cells" / name
                target = run_federation(targets[capacity, noise], replace(place, folder=cell), speech / name)
                rows += rows_of_cell(config, Cell(noise, capacity, shadow, target))
                shutil.rmtree(speech / name, ignore_errors=True)
                progress.finish("", name)
            shutil.rmtree(speech / f"shadow-{capacity}", ignore_errors=True)
    return rows
