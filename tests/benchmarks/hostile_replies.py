"""Every mutation of a reply in every mode, in this process and, a few of them, under Ray.

    python -m tests.benchmarks.hostile_replies [--ray]

In the second of two rounds device 1 of four sends the mutation. Counted are tracebacks (the run must end in
order), poisonings (the server's model must be, to the bit, the one of a run in which device 1 sends nothing there;
a secure sum may fail instead, and then the model stays), and refusals with their reason. Writes
results/hostile_replies.json.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
import torch

from simulations.engines import ray
from tests.simulations.moving import hostile_replies
from tests.simulations.moving.small_federation import files_of, model_of, prepared
from tests.simulations.moving.test_hostile_replies import ARM, federation, outcome_of

RESULTS = Path(__file__).parent / "results" / "hostile_replies.json"
MUTATIONS = {
    "plain": {("train", name): spoil for name, spoil in hostile_replies.PLAIN.items()},
    "private": {("train", name): spoil for name, spoil in hostile_replies.PRIVATE.items()},
    "secure": hostile_replies.SECURE,
}
OF_RAY = ("10¹⁵ examples", "one value", "a NaN", "no bytes", "NaN seconds", "nothing at all")

PLUGIN = """
import clients.device_app as app
from tests.simulations.moving import hostile_replies

_reply = app._reply


def spoilt(order, task, device, *rest):
    content = _reply(order, task, device, *rest)
    if (task.round, device) == (2, 1):
        hostile_replies.PLAIN[{name!r}](content)
    return content


app._reply = spoilt
"""


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


def under_ray(folder: Path) -> dict[str, str]:
    """Return what came of a few mutations under Ray, where the device's process itself is hostile."""
    found, models = {}, []
    sys.path.insert(0, str(folder))
    for k, name in enumerate(OF_RAY):
        (folder / f"hostile_{k}.py").write_text(PLUGIN.format(name=name))
        run = folder / f"ray {k}"
        prepared(run, rounds=2, arms=[ARM], plugins={"modules": [f"hostile_{k}"]})
        try:
            ray.run_federation(run, 4, 2)
        except Exception as error:
            found[name] = f"traceback: {error}"
            continue
        found[name] = outcome_of(files_of(run, ARM).read_records()[2])
        models.append(model_of(run, ARM))
    same = all(torch.equal(model, models[0]) for model in models)
    return found | {"one model after all of them": str(same)}


def main() -> None:
    """Run all of it and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ray", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        result = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        if chosen.ray:
            result["ray"] = under_ray(folder)
        else:
            found = in_process(folder)
            result["counts"] = {mode: Counter(values.values()) for mode, values in found.items()}
            result["in process"] = found
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result.get("counts"), indent=1, ensure_ascii=False))
    print(result.get("ray"))


if __name__ == "__main__":
    main()
