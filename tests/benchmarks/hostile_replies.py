"""Every mutation of a reply in every mode, in this process and under Ray.

    python -m tests.benchmarks.hostile_replies [--ray [--modes plain private secure]]

In the second of two rounds device 1 of four sends the mutation. Counted are tracebacks (the run must end in
order), poisonings (the server's model must be, to the bit, the one of a run in which device 1 sends nothing there;
a secure sum may fail instead, and then the model stays), and refusals with their reason. Under Ray one run has all
mutations of a mode, one a round. Writes results/hostile_replies.json.
"""

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
import torch

from clients.secure.messages import MASK
from simulations.engines import inprocess, ray
from tests.simulations.moving import hostile_plugin, hostile_replies
from tests.simulations.moving.hostile_plugin import FILE, FIRST
from tests.simulations.moving.small_federation import files_of, model_of, prepared
from tests.simulations.moving.test_hostile_replies import ARM, MODES, federation, outcome_of

RESULTS = Path(__file__).parent / "results" / "hostile_replies.json"
MUTATIONS = {
    "plain": {("train", name): spoil for name, spoil in hostile_replies.PLAIN.items()},
    "private": {("train", name): spoil for name, spoil in hostile_replies.PRIVATE.items()},
    "secure": hostile_replies.SECURE,
}
LAST = (MASK, "residues at random")
"""The one mutation that fails a secure sum: no check of masked residues can tell them from an update's."""


FIRST_OF_ALL = ("train", "a few examples too many")
"""The one that is within the plan once earlier replies of the device have been refused."""


def outcome(folder: Path, mode: str, phase: str, name: str, without: dict[tuple[str, str], torch.Tensor]) -> str:
    """Return what came of one mutation in this process."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            record = federation(folder, mode, patch, MUTATIONS[mode][phase, name], phase)
    except BaseException as error:
        return f"traceback: {type(error).__name__}: {error}"
    json.dumps(record, allow_nan=False)
    if record.get("privacy", {}).get("outcome") == "secure-sum-failed":
        return "sum failed, with its reason" if record["privacy"]["reason"] else "no reason"
    if not torch.equal(model_of(folder, ARM), without[mode, phase]):
        return "poisoned"
    reasons = [failure["error"] for failure in record.get("failures", [])]
    if phase == "train":
        return "refused, with its reason" if outcome_of(record) == "refused" and all(reasons) else "not refused"
    return "dropped out of the phase"


def in_process(folder: Path) -> dict[str, dict[str, str]]:
    """Return what came of every mutation, by mode."""
    without = {}
    for mode, phase in {(mode, phase) for mode, found in MUTATIONS.items() for phase, _ in found}:
        with pytest.MonkeyPatch.context() as patch:
            federation(folder / f"{mode} {phase}", mode, patch, None, phase)
        without[mode, phase] = model_of(folder / f"{mode} {phase}", ARM)
    return {
        mode: {
            f"{phase}: {name}": outcome(folder / f"{mode} {k}", mode, phase, name, without)
            for k, (phase, name) in enumerate(found)
        }
        for mode, found in MUTATIONS.items()
    }


def long_run(folder: Path, mode: str, mutations: list[tuple[str, str]], engine: ModuleType) -> list[dict]:
    """Return the records of a run in which device 1 sends one mutation a round."""
    weights = {} if mode == "plain" else {"aggregation": {"weights": "uniform"}}
    rounds = FIRST - 1 + len(mutations)
    plugins = {"modules": [hostile_plugin.__name__]}
    prepared(folder, rounds=rounds, arms=[ARM], privacy=MODES[mode], plugins=plugins, **weights)
    (folder / FILE).write_text(json.dumps({"mode": mode, "mutations": mutations}))
    engine.run_federation(folder, 4, 2)
    return files_of(folder, ARM).read_records()[FIRST:]


def what_came(record: dict, phase: str) -> str:
    """Return what came of one mutation in its round."""
    json.dumps(record, allow_nan=False)
    if record.get("privacy", {}).get("outcome") == "secure-sum-failed":
        return "sum failed, with its reason" if record["privacy"]["reason"] else "no reason"
    if not record["aggregated"]:
        return "no new model"
    reasons = [failure["error"] for failure in record.get("failures", []) if failure["device"] == 1]
    if phase == "train":
        return (
            "refused, with its reason" if outcome_of(record) == "refused" and all(reasons) else outcome_of(record)
        )
    return "dropped out of the phase"


def under_ray(folder: Path, modes: list[str]) -> dict[str, dict[str, str]]:
    """Return what came of every mutation under Ray, where the device's process itself is hostile, by mode.

    The model after all rounds must be, to the bit, that of a run in this process in which the device sends nothing
    in the same places.
    """
    found = {}
    for mode in modes:
        spoils = MUTATIONS[mode]
        mutations = sorted(spoils, key=lambda one: (one == LAST) - (one == FIRST_OF_ALL))
        silent = [(phase, "nothing at all") if (phase, name) != LAST else LAST for phase, name in mutations]
        try:
            records = long_run(folder / f"ray {mode}", mode, mutations, ray)
            long_run(folder / f"silent {mode}", mode, silent, inprocess)
        except Exception as error:
            found[mode] = {"run": f"traceback: {type(error).__name__}: {error}"}
            continue
        found[mode] = {
            f"{phase}: {name}": what_came(record, phase)
            for (phase, name), record in zip(mutations, records, strict=True)
        }
        same = torch.equal(*(model_of(folder / f"{who} {mode}", ARM) for who in ("ray", "silent")))
        found[mode]["model"] = "as if the device had sent nothing" if same else "poisoned"
    return found


def main() -> None:
    """Run all of it and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--modes", nargs="+", choices=list(MUTATIONS), default=list(MUTATIONS))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        result = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        if chosen.ray:
            for mode in chosen.modes:
                result["ray"] = result.get("ray", {}) | under_ray(folder, [mode])
                result["ray counts"] = {mode: Counter(values.values()) for mode, values in result["ray"].items()}
                RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        else:
            found = in_process(folder)
            result["counts"] = {mode: Counter(values.values()) for mode, values in found.items()}
            result["in process"] = found
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result.get("counts"), indent=1, ensure_ascii=False))
    print(json.dumps(result.get("ray counts"), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
