"""How planning, results and report grow with devices and rounds, a hundred devices asked in each round.

The rounds themselves are not lived: their records are made up, of the form that the server writes, so that what is
timed is what lies around them, in seconds of the processor. The world, its plan and its files are real.

    python -m tests.benchmarks.growth 100x1000 1000x1000 10000x1000 100000x1000
"""

import argparse
import json
import multiprocessing
import resource
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from fedser.device import World
from fedser.metrics.pooled import Moments
from fedser.report import write_report
from simulations.moving.config import MovingConfig
from simulations.moving.federation import arm_folder
from simulations.moving.outcome import write_results
from simulations.moving.round_files import RoundFiles, ServerState
from simulations.moving.run import _new_record
from simulations.run_folder import claim, write_record
from simulations.run_record import finish
from tests.benchmarks.federation_at_size import write_places
from tests.benchmarks.processor import processor
from tests.simulations.moving.small_federation import ACOUSTICS

ASKED, PLACES = 100, ("home", "office", "café")


def config_of(devices, rounds):
    return MovingConfig.read(
        {
            "seeds": 1,
            "rounds": rounds,
            "arms": ["federated:exper"],
            "environments": [{"name": name, "corpus": "synthetic"} for name in PLACES],
            "devices": {"count": devices, "owner": "mixed"},
            "server": {"speakers": 0.0},
            "mobility": {"kind": "semi-markov"},
            "semi-markov": {"preset": "medium"},
            "stream": {"per_round": 2, "backlog": 8},
            "audit": {"canaries": 0},
        },
        "benchmark",
    )


def write_rounds(folder, world, config):
    """Write made-up records of rounds of a hundred devices drawn by chance."""
    board, stream = world.settings.scoreboard, np.random.default_rng(1)
    files = RoundFiles(arm_folder(folder, 0, config.parsed_arms()[0]), world.identity)
    keys = [f"{name}/{target}" for name in PLACES for target in ("activation", "valence")]

    def scores():
        return {key: board.statistics(*stream.normal(size=(2, 20)) / 3) for key in keys}

    for number in range(config.rounds + 1):
        place = [f"{PLACES[0]}/activation", f"{PLACES[0]}/valence"]
        cost = {"outcome": "trained", "steps": 5, "altered": 0, "flops": 1e6, "memory_bytes": 100}
        cost |= {"bytes_up": 100, "bytes_down": 100, "seconds": 0.1}
        asked = np.sort(stream.choice(config.devices.count, ASKED, replace=False)).tolist() if number else []
        heard = {key: Moments.of(*stream.normal(size=(2, 8)) / 3).to_list() for key in place}
        entries = [{"device": d, "held_out": scores(), "prequential": heard} | cost for d in asked]
        record = {"round": number, "global": scores(), "devices": entries, "aggregated": True}
        files.write(ServerState(number, torch.zeros(4)), record)


def measure(devices, rounds, folder):
    seconds, config = {}, config_of(devices, rounds)
    began = time.process_time()

    def lap(name):
        nonlocal began
        seconds[name], began = round(time.process_time() - began, 1), time.process_time()

    with claim(folder, config):
        record = _new_record(config, "growth")
        record["notes"] = {name: [] for name in PLACES}
        write_record(folder, record)
        write_places(folder, config, {"train": 2 * config.devices.count, "validation": 20, "test": 20}, (4, 3))
        began = time.process_time()
        world = World.read(folder / "data", 0)
        world.check()
        world.write_itinerary()
        lap("plan_s")
        write_rounds(folder, world, config)
        began = time.process_time()
        write_results(folder, config, ACOUSTICS)
        lap("results_s")
        finish(folder, record)
        lap("reading_s")
        write_report(folder)
        lap("report_s")
    sizes = {name: round((folder / name).stat().st_size / 1e6, 1) for name in ("visits.csv", "report.html")}
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(
        json.dumps({"devices": devices, "rounds": rounds} | seconds | {"peak_mb": peak, "mb": sizes}),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="+", metavar="DEVICESxROUNDS")
    sizes = [tuple(map(int, size.split("x"))) for size in parser.parse_args().sizes]
    print(f"{processor()}; {datetime.now(UTC):%Y-%m-%d}")
    for devices, rounds in sizes:  # a process each, for its peak of memory
        folder = Path(tempfile.mkdtemp())
        process = multiprocessing.get_context("spawn").Process(
            target=measure, args=(devices, rounds, folder / "run")
        )
        process.start()
        process.join()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
