"""Kills at random moments, and full disks: resumed, a command must come to the bytes of an undisturbed one.

    python -m tests.benchmarks.kills --kills 100 --output tests/benchmarks/results/kills.json

SIGKILL, SIGTERM and SIGINT in turn, at moments drawn from a seed, of `paper`, `simulate`, `extract`, a private
`simulate` and `report`; then disks of several sizes, too small for `paper` and `simulate`. Each command is a fork
of this process, which has imported everything, so that kills meet work and not imports. Linux, as root for small
disks. With --minutes it stops when the time is up, and the result says how many kills there were.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import simulations.moving.kind
import simulations.one_device.kind
import simulations.server_app  # noqa: F401
from fedser.worker_process import become_worker  # noqa: F401
from simulations.cli import main as command_line
from tests.benchmarks.processor import processor
from tests.simulations.conftest import CONFIG, ENVIRONMENT, MOVING, PLACES, write_place

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
PRIVATE = (
    "privacy.mechanism='central'",
    "privacy.noise_multiplier=1.0",
    "privacy.clip=0.5",
    "privacy.delta=0.01",
    "privacy.nonce='00112233445566778899aabbccddeeff'",
    "server.speakers=0.3",
    "aggregation.weights='uniform'",
    "arms=['federated:exper']",
)
SMALL = ("--set", "seeds=1", "--set", "arms=['gem-speaker']", "--set", "training.max_epochs=3")
TIMED = {"costs.csv"}
"""Files that hold seconds."""


@dataclass(frozen=True)
class Work:
    """A command on the tiny corpora, and what of its folder must come out the same."""

    name: str
    arguments: tuple[str, ...]

    def command(self, home: Path, place: Path) -> list[str]:
        """Return the command for a run in `place`."""
        if self.name == "report":
            return ["report", str(place / "run")]
        rest = [str(home / self.arguments[1]), "--data", str(home / "data"), "--workers", "1", *self.arguments[2:]]
        return [self.arguments[0], *rest, *(() if self.name == "extract" else ("--run", str(place / "run")))]

    def bytes_of(self, place: Path) -> dict[str, bytes]:
        """Return what must be equal."""
        if self.name == "extract":
            return _vectors(place / "cache")
        names = [file.name for file in (place / "run").glob("*.csv") if file.name not in TIMED]
        names += ["report.html", "tables.txt", "tables.md", "tables.tex"] if self.name == "report" else []
        return {name: (place / "run" / name).read_bytes() for name in sorted(names)}


WORKS = (
    Work("paper", ("paper", "tiny.toml", *SMALL)),
    Work("simulate", ("simulate", "moving.toml")),
    Work("extract", ("extract", "tiny.toml")),
    Work("private", ("simulate", "moving.toml", *(part for change in PRIVATE for part in ("--set", change)))),
    Work("report", ()),
)


def _vectors(cache: Path) -> dict[str, bytes]:
    """Return the vectors of a store by shelf and content: the order in which they came does not matter."""
    found = {}
    for index in sorted(cache.glob("features/*/index.sqlite")):
        with sqlite3.connect(index) as connection:
            rows = connection.execute("SELECT digest, row FROM vectors").fetchall()
        matrix = np.fromfile(index.with_name("vectors.f32"), "<f4").reshape(1 + max(r for _, r in rows), -1)
        found |= {f"{index.parent.name}/{digest.hex()}": matrix[row].tobytes() for digest, row in rows}
    return found


def start(arguments: Sequence[str], place: Path) -> int:
    """Fork a process that runs a command with a cache of its own; return its process id."""
    place.mkdir(parents=True, exist_ok=True)
    child = os.fork()
    if child:
        return child
    os.environ["FEDSER_CACHE"] = str(place / "cache")
    sys.argv = ["fedser", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log = os.open(place / "../log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        command_line()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        import traceback

        traceback.print_exc()
    os._exit(70)


def ended(child: int, patience_s: float | None = None) -> int | None:
    """Return the exit code of a process, negative for a signal; None if it still runs after so many seconds."""
    until = None if patience_s is None else time.monotonic() + patience_s
    while True:
        done, status = os.waitpid(child, 0 if until is None else os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if until is not None and time.monotonic() >= until:
            return None
        time.sleep(0.002)


def whole(work: Work, home: Path, place: Path, finished: Path) -> tuple[dict[str, bytes], float]:
    """Return the bytes of an undisturbed command and the seconds it took."""
    prepare(work, place, finished)
    began = time.monotonic()
    code = ended(start(work.command(home, place), place))
    if code != 0:
        raise SystemExit(f"{work.name}: exit code {code}; see {place.parent / 'log.txt'}")
    return work.bytes_of(place), time.monotonic() - began


def prepare(work: Work, place: Path, finished: Path) -> None:
    """Lay a finished run down, where a command needs one."""
    if work.name == "report":
        shutil.copytree(finished, place / "run")
        for made in [*(place / "run").glob("tables.*"), place / "run" / "report.html"]:
            made.unlink()


def killed(
    work: Work, home: Path, base: Path, finished: Path, kills: int, until: float, moments: random.Random
) -> dict[str, object]:
    """Kill a command so many times, in chains that are resumed to their end; return what became of them."""
    expected, seconds = whole(work, home, base / work.name / "whole", finished)
    hits, chains, equal, codes = 0, 0, 0, {}
    while hits < kills and time.monotonic() < until:
        place, chains = base / work.name / f"chain-{chains}", chains + 1
        prepare(work, place, finished)
        while True:
            child = start(work.command(home, place), place)
            code = None
            if hits < kills and time.monotonic() < until:
                code = ended(child, moments.uniform(0, seconds))
                if code is None:
                    os.kill(child, SIGNALS[hits % len(SIGNALS)])
                    hits += 1
            said = ended(child) if code is None else code
            codes[str(said)] = codes.get(str(said), 0) + 1
            if said == 0:
                break
            if said not in (130, -9, -15):
                raise SystemExit(f"{work.name}: exit code {said}; see {place.parent / 'log.txt'}")
        equal += work.bytes_of(place) == expected
        shutil.rmtree(place)
    return {
        "kills": hits,
        "chains": chains,
        "chains_with_equal_bytes": equal,
        "exit_codes": codes,
        "whole_s": round(seconds, 1),
    }


def full(work: Work, home: Path, base: Path, sizes: int) -> dict[str, object]:
    """Run a command on disks that are too small, then make room and resume it; return what became of it."""
    expected, _ = whole(work, home, base / work.name / "roomy", Path())
    need = sum(file.stat().st_size for file in (base / work.name / "roomy").rglob("*") if file.is_file())
    lines, equal, refused = [], 0, 0
    for k in range(sizes):
        place = base / work.name / f"disk-{k}"
        place.mkdir(parents=True)
        size = int(need * (k + 0.5) / sizes)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
        try:
            log = place.parent / "log.txt"
            before = log.stat().st_size if log.exists() else 0
            code = ended(start(work.command(home, place), place))
            said = log.read_bytes()[before:].decode()
            line = [each for each in said.splitlines() if each.startswith("fedser: ")]
            refused += code == 2 and len(line) == 1 and "Traceback" not in said
            lines += [each.replace(str(place), "PLACE") for each in line]
            drafts = [str(file) for file in place.rglob("*.draft")]
            subprocess.run(["mount", "-o", f"remount,size={4 * need}", place], check=True)
            code = ended(start(work.command(home, place), place))
            equal += code == 0 and not drafts and work.bytes_of(place) == expected
        finally:
            subprocess.run(["umount", place], check=True)
    return {
        "disks": sizes,
        "refused_in_one_line": refused,
        "equal_bytes_after_room_was_made": equal,
        "lines": lines,
    }


def tiny_corpora(home: Path) -> None:
    """Write corpora and configurations as the tests have them."""
    for place, pitch_hz in zip(PLACES, (200, 300, 500), strict=True):
        write_place(home / "data", place, pitch_hz)
    environments = "".join(ENVIRONMENT.format(place=place) for place in PLACES)
    (home / "tiny.toml").write_text(CONFIG.format(environments=environments))
    (home / "moving.toml").write_text(MOVING.format(environments=environments))


def main() -> None:
    """Do it, and write what became of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--disks", type=int, default=5, help="of each of two commands")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--only", nargs="*", default=[work.name for work in WORKS], help="some of the works")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        base = Path(folder)
        tiny_corpora(base)
        moments, found = random.Random(options.seed), {"command": " ".join(sys.argv[1:]), "processor": processor()}
        for k, work in enumerate(WORKS):
            if work.name not in options.only:
                continue
            until = time.monotonic() + 60 * options.minutes / len(WORKS)
            share = options.kills // len(WORKS) + (k < options.kills % len(WORKS))
            finished = base / "paper" / "whole" / "run"
            if work.name == "report" and not finished.exists():
                whole(WORKS[0], base, finished.parent, finished)
            found[work.name] = killed(work, base, base, finished, share, until, moments)
            _write(found, options.output)
        for work in WORKS[:2]:
            found[f"full disk: {work.name}"] = full(work, base, base, options.disks)
            _write(found, options.output)


def _write(found: dict[str, object], output: Path | None) -> None:
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    print(text, flush=True)
    if output:
        output.write_text(text)


if __name__ == "__main__":
    main()
