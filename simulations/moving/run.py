"""`fedser simulate`: many devices that move, from corpora to tables and report."""

import importlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clients.node_key import KEYS, make_simulated_keys
from fedser import extras
from fedser.device import World
from fedser.device.world import forget_data
from fedser.errors import ConfigError, RunError, did_you_mean
from fedser.one_thread import one_thread
from fedser.report import write_report
from fedser.results.moving.record import KIND as MOVING
from simulations.hearing import check_models
from simulations.memory_checks import check_device_memories
from simulations.moving.adversary_results import adversary_record
from simulations.moving.config import MovingConfig
from simulations.moving.device_stores import check_stores
from simulations.moving.foresight import check_itinerary
from simulations.moving.guarantee import check_owners_devices
from simulations.moving.nonce import NONCE, new_nonce
from simulations.moving.outcome import write_results
from simulations.moving.prepare import check_standardisers, prepare
from simulations.moving.privacy_results import with_claims, write_privacy
from simulations.run_folder import claim, is_finished, read_record, write_record
from simulations.run_record import PACKAGES, finish, new_record, peak_memory_mb
from simulations.sources import RunContext
from simulations.utterance_files import write_standardisers

Engine = Callable[[Path, int, int], None]
"""(run folder, devices, workers): runs the federation to its end, or raises RunError."""

ENGINES = ("inprocess", "ray", "deployment")

DEFAULTS = ("model.width", "model.slope", "training.loss")
"""Options on which the paper is silent; a run's record lists those left at this project's default."""


@one_thread()
def run_moving(config: MovingConfig, context: RunContext) -> Path:
    """Run or resume an experiment and return its report; a finished run is only reported again."""
    run_federation = _engine(context.engine)
    config.check()
    check_itinerary(config)
    reachable = config.without_network() if context.offline else config
    check_models(reachable.features, reachable.transcription)
    check_standardisers(reachable)
    with claim(context.folder, config):
        if not is_finished(context.folder):
            _run(reachable, context, run_federation)
        return write_report(context.folder) if context.page else context.folder


def _engine(name: str) -> Engine:
    if name not in ENGINES:
        raise ConfigError(f'--engine: unknown engine "{name}"{did_you_mean(name, ENGINES)}')
    if name != "inprocess" and not hasattr(os, "killpg"):
        raise ConfigError(f"--engine {name}: needs a system with process groups, such as Linux; use inprocess")
    if name == "ray":
        extras.require("ray", "ray", "--engine ray")
    engine: Engine = importlib.import_module(f"simulations.engines.{name}").run_federation
    return engine


def _run(config: MovingConfig, context: RunContext, run_federation: Engine) -> None:
    folder, began = context.folder, time.perf_counter()
    record = read_record(folder) or _new_record(config, context.command)
    prepared = prepare(config, context.sources, folder, context.workers)
    if record.setdefault("data_digest", prepared.digest) != prepared.digest:
        raise RunError(
            f"{folder}: the corpora or their features have changed since this run was begun; choose another --run"
        )
    for seed in range(config.seeds):
        world = World.read(folder / "data", seed)
        world.check()
        world.write_itinerary()
        check_device_memories(config.parsed_arms(), world)
        check_owners_devices(config, world)
        for arm in config.parsed_arms():
            check_stores(folder, world, arm)
    write_standardisers(folder, prepared.standardisers)
    record |= new_nonce(config) if NONCE not in record else {}
    record["notes"] = with_claims(prepared.notes, config)
    write_record(folder, record)
    shutil.rmtree(folder / KEYS, ignore_errors=True)  # an engine whose nodes have keys enrols them anew
    if config.privacy.active_server and context.engine != "deployment":
        make_simulated_keys(folder, config.devices.count)
    extracted = time.perf_counter()
    run_federation(folder, config.devices.count, context.workers)
    trained = time.perf_counter()
    record["warnings"] = write_results(folder, config, prepared.acoustics)
    record |= write_privacy(folder, config)
    record |= adversary_record(folder, config)
    timings = record.setdefault("timings", [])
    timings.append(
        {
            "engine": context.engine,
            "workers": context.workers,
            "prepare_s": round(extracted - began, 1),
            "rounds_s": round(trained - extracted, 1),
        }
    )
    record["peak_memory_mb"] = peak_memory_mb()
    finish(folder, record)
    forget_data()
    for part in ("data", "server"):
        shutil.rmtree(folder / part, ignore_errors=True)


def _new_record(config: MovingConfig, command: str) -> dict[str, Any]:
    arms = [arm.row() for arm in config.parsed_arms()]
    federation = {"kind": MOVING, "arms": arms, "rounds": config.rounds, "devices": config.devices.count}
    return new_record(config, command, DEFAULTS, (*PACKAGES, "flwr", "pyroomacoustics")) | federation
