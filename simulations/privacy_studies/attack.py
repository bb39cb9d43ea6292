"""`fedser privacy attack`: a federation, the adversary's shadow of it, every attack, tables and a page."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from fedser.device.world import forget_data
from fedser.one_thread import one_thread
from fedser.report import write_report
from fedser.results import files
from fedser.results.files import CsvRow
from fedser.results.privacy import SCHEMA
from fedser.results.privacy.run import ATTACK
from fedser.results.untouched import FILES, digests_of
from fedser.worker_process import become_worker, worker_context
from fedser.worker_start import open_pool
from simulations.privacy_studies.attack_jobs import AttackJob, do, jobs_of
from simulations.privacy_studies.attacked import Attacked, run_federation
from simulations.privacy_studies.config import AttackConfig
from simulations.progress import meter
from simulations.run_folder import claim, is_finished, read_record, write_record
from simulations.run_record import now, peak_memory_mb
from simulations.sources import RunContext

SPEECH = "speech"
"""Where the data of the federations lie while they are attacked."""


@one_thread()
def run_attack(config: AttackConfig, context: RunContext) -> Path:
    """Run or resume the study and return its page; a finished one is only reported again."""
    federations = config.federations(context.config_file)
    with claim(context.folder, config):
        if not is_finished(context.folder):
            record = read_record(context.folder) or {"kind": ATTACK, "started": now()}
            write_record(context.folder, record)
            speech = context.folder / SPEECH
            attacked = {
                name: run_federation(one, replace(context, folder=context.folder / name), speech / name)
                for name, one in federations.items()
            }
            rows = _findings(config, attacked["shadow"], attacked["target"], context.workers)
            files.write(context.folder, "attacks.csv", pd.DataFrame(rows), SCHEMA)
            record |= {"finished": now(), "peak_memory_mb": peak_memory_mb(), FILES: digests_of(context.folder)}
            write_record(context.folder, record)
            forget_data()
            shutil.rmtree(speech, ignore_errors=True)
        return write_report(context.folder)


def _findings(config: AttackConfig, shadow: Attacked, target: Attacked, workers: int) -> list[CsvRow]:
    """Return the rows of all attacks, which `workers` processes share; their number changes nothing."""
    jobs, found = jobs_of(config.chosen(), target.config), []
    with meter("attacks", len(jobs)) as progress:
        for job, rows in zip(jobs, _done(jobs, config.seed, shadow, target, workers), strict=True):
            found += rows
            progress.finish("", job.label)
    return found


def _done(
    jobs: Sequence[AttackJob], seed: int, shadow: Attacked, target: Attacked, workers: int
) -> Iterator[list[CsvRow]]:
    """Yield the rows of each job in order; one worker is this process."""
    work = partial(do, shadow=shadow, target=target, seed=seed)
    if workers == 1:
        yield from map(work, jobs)
        return
    with open_pool(worker_context(), min(workers, len(jobs)), become_worker) as executor:
        yield from executor.map(work, jobs)
