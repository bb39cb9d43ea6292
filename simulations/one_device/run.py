"""`fedser paper`: the main job, from corpora to tables and report."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fedser.errors import RunError
from fedser.one_thread import one_thread
from fedser.protocol import Arm
from fedser.report import write_report
from fedser.results.record import ONE_DEVICE
from simulations.hearing import check_models
from simulations.memory_checks import COLUMNS, check_memory
from simulations.one_device.config import PaperConfig
from simulations.one_device.data import embed_environments, store_environments
from simulations.one_device.outcome import write_results
from simulations.one_device.workers import ProtocolSetup, train_all
from simulations.progress import meter
from simulations.run_folder import claim, identity_of, is_finished, read_record, write_record
from simulations.run_record import finish, new_record, peak_memory_mb
from simulations.sources import RunContext
from simulations.utterance_files import write_standardisers, write_utterances

DEFAULTS = (
    "model.width",
    "model.slope",
    "training.loss",
    "memory.outer_share",
)
"""Options on which the paper is silent; a run's record lists those left at this project's default."""


@one_thread()
def run_paper(config: PaperConfig, context: RunContext) -> Path:
    """Run or resume an experiment and return its report; a finished run is only reported again."""
    config.check()
    reachable = config.without_network() if context.offline else config
    check_models(reachable.features, reachable.transcription)
    arms = config.parsed_arms()
    with claim(context.folder, config):
        if not is_finished(context.folder):
            _run(reachable, arms, context)
        return write_report(context.folder) if context.page else context.folder


def _run(config: PaperConfig, arms: Sequence[Arm], context: RunContext) -> None:
    folder, began = context.folder, time.perf_counter()
    record = read_record(folder) or {"kind": ONE_DEVICE} | new_record(config, context.command, DEFAULTS)
    heard = embed_environments(config, context.sources, context.workers)
    extracted = time.perf_counter()
    checkpoints = folder / "checkpoints"
    digest, standardisers = store_environments(heard, config.features, checkpoints / "data")
    if record.setdefault("data_digest", digest) != digest:
        raise RunError(
            f"{folder}: the corpora or their features have changed since this run was begun; choose another --run"
        )
    for environment in (h for division in heard for h in division[:-1]):  # the last one is never left
        table = environment.corpus.table
        train = table[table["split"] == "train"]
        check_memory(arms, environment.name, {column: train[column].to_numpy(np.str_) for column in COLUMNS})
    write_utterances(folder, heard)
    write_standardisers(folder, standardisers)
    record |= {"notes": {h.name: list(h.corpus.notes) for h in heard[0]}}
    for section in config.environments:
        if section.labels == "none":
            record["notes"][section.name].append("learnt without its labels, which scores alone see")
    write_record(folder, record)
    setup = ProtocolSetup(config, checkpoints / "data", checkpoints, identity_of(folder, digest), context.shared)
    with meter("training", config.seeds * (1 + len(arms))) as progress:
        train_all(setup, arms, context.workers, progress)
    trained = time.perf_counter()
    write_results(folder, setup, arms)
    timings = record.setdefault("timings", [])
    timings.append(
        {
            "workers": context.workers,
            "prepare_s": round(extracted - began, 1),
            "train_s": round(trained - extracted, 1),
        }
    )
    record["peak_memory_mb"] = peak_memory_mb()
    finish(folder, record)
    shutil.rmtree(checkpoints / "data")
