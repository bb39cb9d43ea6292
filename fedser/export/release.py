"""From a finished run to a model folder."""

import json
import tomllib
from pathlib import Path
from typing import Any

from fedser.errors import RunError, did_you_mean
from fedser.export.card import model_card
from fedser.export.emotion_model import FORMAT, EmotionModel
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.protocol import Arm
from fedser.protocol.stage_files import read_record
from fedser.results.one_device import RunResults, read_run
from fedser.vocabulary import RATE_HZ, TARGETS
from fedser.whole_files import write_text


def release(run_folder: Path, arm: Arm, seed: int, folder: Path) -> Path:
    """Write the model of an arm and seed, as it is after the last stage, and its card; return the folder.

    Raises RunError if the run is not finished, or has no such arm or seed.
    """
    run = read_run(run_folder)
    if arm not in run.arms:
        names = [known.name for known in run.arms]
        raise RunError(f'{run_folder}: no arm "{arm.name}" in this run{did_you_mean(arm.name, names)}')
    if seed not in run.seeds:
        raise RunError(f"{run_folder}: no seed {seed} in this run; known: {', '.join(map(str, run.seeds))}")
    model = _assemble(run, arm, seed)
    try:
        model.save(folder)
    except OSError as error:
        raise RunError(f"{folder}: cannot write the model here ({error.strerror})") from None
    write_text(folder / "README.md", model_card(run, arm, seed))
    return folder


def _assemble(run: RunResults, arm: Arm, seed: int) -> EmotionModel:
    config = tomllib.loads(run.config)
    standardisers = json.loads((run.folder / "standardisers.json").read_text(encoding="utf-8"))
    options = ModelOptions.read(config["model"], str(run.folder / "config.toml"))
    sizes = {kind: len(values["mean"]) for kind, values in standardisers.items()}
    regressor = Regressor(sizes["acoustic"], sizes["lexical"], options)
    FlatParameters(regressor).restore(read_record(_last_stage(run, arm, seed)).parameters)
    described: dict[str, Any] = {
        "format": FORMAT,
        "fedser": run.record["fedser"],
        "outputs": list(TARGETS),
        "scale": [-1.0, 1.0],
        "rate_hz": RATE_HZ,
        "model": {**sizes, "options": options.model_dump()},
        "features": config["features"],
        "standardisers": standardisers,
        "trained": {
            "method": arm.method,
            "memory": arm.memory,
            "seed": seed,
            "environments": list(run.environments),
            "notes": list(run.notes),
        },
    }
    return EmotionModel(regressor, described)


def _last_stage(run: RunResults, arm: Arm, seed: int) -> Path:
    """Return the checkpoint of the arm's last stage; with one environment that is the shared first one."""
    stages = len(run.environments)
    label = arm.name if stages > 1 else "first"
    return run.folder / "checkpoints" / f"seed-{seed}" / label / f"stage-{stages}.safetensors"
