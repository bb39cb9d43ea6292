"""Every bad input through the real command line, each in a process of its own.

    python -m tests.benchmarks.bad_inputs [--processes 2] [--only WORDS] [--forked]

Prints what was wrong and writes tests/benchmarks/results/bad_inputs.json. A case is right if the command ends with
its exit code (2) and, beside progress, one line that begins with "fedser: " and holds what the case says, without
a traceback, within 5 s of processor time: other work on the machine adds to that on the clock alone. Ends with 1
if a case is wrong.

Starting Python and importing torch takes seconds. With --forked that is done once: each case is a fork of a
process that has imported the program; it calls its `main`, with a command line, output and exit code of its own.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bad_inputs import CASES
from tests.bad_inputs.case import Ground
from tests.bad_inputs.world import write_configs
from tests.simulations.conftest import PLACES, write_place

ROOT = Path(__file__).parents[2]
RESULT = Path(__file__).parent / "results" / "bad_inputs.json"
FEDSER = [sys.executable, "-m", "simulations.cli"]
SLOW_S = 5.0
PROGRESS = (
    "corpora",
    "environments",
    "logmel of",
    "training",
    "rounds",
    "attacks",
    "acoustics",
    "server",
    "warning",
)


def prepared(folder, environment):
    """Write the tiny corpora and configurations, run one and export a model; return the ground."""
    for place, pitch_hz in zip(PLACES, (200, 300, 500), strict=True):
        write_place(folder / "data", place, pitch_hz)
    write_configs(folder)
    ground = Ground(folder, folder / "data", folder / "run", folder / "model", folder)
    run = [*FEDSER, "paper", folder / "paper.toml", "--data", ground.data, "--run", ground.run, "--workers", "1"]
    export = [*FEDSER, "export", ground.run, ground.model, "--arm", "exper"]
    for command in (run, export):
        subprocess.run(command, check=True, cwd=ROOT, env=environment, capture_output=True)
    return ground


def tried(case, ground, environment, start):
    """Run one case; return what is wrong ("" for nothing) and its seconds, of the processor and the clock."""
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryFile() as out:
        own = Ground(ground.configs, ground.data, ground.run, ground.model, Path(work))
        arguments = [str(argument) for argument in case.arguments(own)]
        began = time.perf_counter()
        _, status, used = os.wait4(start(arguments, out, environment), 0)
        code = os.waitstatus_to_exitcode(status)
        clock_s, processor_s = time.perf_counter() - began, used.ru_utime + used.ru_stime
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return _wrong(case, code, text, processor_s), processor_s, clock_s


def started(arguments, out, environment):
    """Start the command and return its process id."""
    process = subprocess.Popen([*FEDSER, *arguments], cwd=ROOT, env=environment, stdout=out, stderr=out)
    process.returncode = 0  # it is waited for by its id
    return process.pid


def forked(arguments, out, environment):
    """Fork a process that is the command and return its id."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        for stream in (1, 2):
            os.dup2(out.fileno(), stream)
        sys.stdout, sys.stderr = (os.fdopen(stream, "w", buffering=1) for stream in (1, 2))
        sys.argv = ["fedser", *arguments]
        main_of_fedser()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        os._exit(code)


def main_of_fedser():
    """Call the program as its script does."""
    from simulations.cli import main as program

    program()


def _wrong(case, code, text, processor_s):
    said = [line for line in text.splitlines() if not line.startswith(PROGRESS)]
    if "Traceback" in text:
        return f"traceback: {said[-1][:300]}"
    if code != case.code:
        return f"exit code {code}: {text[-300:]}"
    if len(said) != 1 or not said[0].startswith("fedser: ") or not said[0].isprintable():
        return f"no single line: {text[-300:]}"
    missing = [part for part in case.said if part not in said[0]]
    if missing:
        return f"does not say {missing[0]}: {said[0][:300]}"
    return "" if processor_s < SLOW_S else f"took {processor_s:.1f} s"


def _all_forked(chosen, ground, environment):
    """Try the cases one after another, each in a fork of this process."""
    for name in ("kinds", "moving.run", "one_device.run", "privacy_studies.attack", "privacy_studies.frontier"):
        importlib.import_module(f"simulations.{name}")
    os.environ.update(environment)
    os.chdir(ROOT)
    return [tried(case, ground, environment, forked) for case in chosen]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--only", default="")
    options.add_argument("--forked", action="store_true")
    given = options.parse_args()
    chosen = [case for case in CASES if given.only in case.name]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "FEDSER_CACHE": f"{folder}/cache",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
        }
        ground = prepared(Path(folder), environment)
        if given.forked:
            found = _all_forked(chosen, ground, environment)
        else:
            with ThreadPoolExecutor(given.processes) as threads:
                found = list(threads.map(lambda case: tried(case, ground, environment, started), chosen))
    wrong = {case.name: said for case, (said, *_) in zip(chosen, found, strict=True) if said}
    result = {
        "cases": len(chosen),
        "forked": given.forked,
        "tracebacks": sum(said.startswith("traceback") for said in wrong.values()),
        "wrong": wrong,
        "slowest_processor_s": round(max(processor_s for _, processor_s, _ in found), 2),
        "slowest_clock_s": round(max(clock_s for *_, clock_s in found), 2),
    }
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if not given.only:
        RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
