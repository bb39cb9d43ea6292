"""Ten thousand mutated configurations, read and checked as before a run: none may end in a traceback.

    python -m tests.benchmarks.fuzzed_configs [--count 10000] [--seed 0]

All shipped configurations are mutated, as they are and with every default spelled out (`tests.mutated_configs`).
Prints and writes tests/benchmarks/results/fuzzed_configs.json; ends with 1 if there was a traceback, a message of
more than one line, or a configuration that took 5 s.
"""

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
import tomli_w

from tests.mutated_configs import broken, mutated, outcome, shipped, spelled_out, written

RESULT = Path(__file__).parent / "results" / "fuzzed_configs.json"
SLOW_S = 5.0


def contents(count, seed):
    """Yield the bytes of so many files."""
    rng, plain = np.random.default_rng(seed), list(shipped().values())
    seeds = [*plain, *map(spelled_out, plain)]
    texts = [tomli_w.dumps(values) for values in seeds]
    while count:
        k = rng.integers(len(seeds))
        raw = broken(texts[k], rng) if rng.random() < 0.15 else written(mutated(seeds[k], seeds, rng))
        if raw is not None:
            yield raw
            count -= 1


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    counts, faults, slowest = Counter(), [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        for number, raw in enumerate(contents(given.count, given.seed)):
            file.write_bytes(raw)
            began = time.perf_counter()
            try:
                said = outcome(file)
            except BaseException as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                place = f"{Path(where.filename).name}:{where.lineno}"
                said = f"traceback: {type(error).__name__}: {str(error)[:200]} ({place})"
                faults.append({"number": number, "said": said})
                print(number, traceback.format_exc()[-1500:], file=sys.stderr)
            taken = time.perf_counter() - began
            slowest = max(slowest, taken)
            counts["accepted" if said == "accepted" else "traceback" if "traceback:" in said else "refused"] += 1
            if "\n" in said.strip() or len(said) > 3000 or taken > SLOW_S:
                faults.append({"number": number, "said": said[:300], "seconds": round(taken, 1)})
    result = {"count": given.count, "seed": given.seed, **counts, "slowest_s": round(slowest, 2), "faults": faults}
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if given.count >= 10_000:
        RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
