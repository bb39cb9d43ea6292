"""Run folders without sound, ready for the federation: random embeddings, a narrow model, milliseconds a round."""

import hashlib
import shutil
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import tomli_w
import torch

from clients import payload
from fedser import whole_files
from fedser.device.world import SETTINGS
from fedser.protocol import Arm
from simulations.engines import inprocess
from simulations.moving.config import MovingConfig
from simulations.moving.federation import arm_folder
from simulations.moving.outcome import write_results
from simulations.moving.round_files import RoundFiles
from simulations.run_folder import _without_none
from tests.device.small_world import PLACES, write_place

ACOUSTICS = pd.DataFrame(
    {"environment": list(PLACES), "condition": "", "microphone": "flat", "noise": "none"}
    | dict.fromkeys(
        ("rt60_target_s", "rt60_s", "snr_target_db", "snr_db", "snr_low_db", "snr_high_db"), float("nan")
    )
)[
    [
        "environment",
        "condition",
        "rt60_target_s",
        "rt60_s",
        "snr_target_db",
        "snr_db",
        "snr_low_db",
        "snr_high_db",
        "microphone",
        "noise",
    ]
]

VALUES = {
    "seeds": 1,
    "rounds": 4,
    "arms": ["federated:gem"],
    "corpora": [{"name": "speech", "corpus": "synthetic"}],
    "environments": [{"name": name} for name in PLACES],
    "devices": {"count": 4},
    "server": {"speakers": 0.0},
    "mobility": {"kind": "schedule"},
    "schedule": {"environments": list(PLACES), "stagger": True},
    "stream": {"per_round": 4},
    "adaptation": {"epochs": 2},
    "memory": {"capacity": 6},
    "reports": {"min_pooled": 2},
    "audit": {"canaries": 0},
    "model": {"width": 5},
    "training": {"learning_rate": 0.05, "batch_size": 4, "patience": 2, "max_epochs": 6},
}


def config(**changes) -> MovingConfig:
    """The small configuration with other sections or keys of sections."""
    values = {
        key: (VALUES.get(key, {}) | changes.get(key, {}))
        if isinstance(changes.get(key, VALUES.get(key)), dict)
        else changes.get(key, VALUES.get(key))
        for key in VALUES.keys() | changes.keys()
    }
    return MovingConfig.read({key: _chosen(value) for key, value in values.items()}, "test")


def _chosen(value):
    """None takes a key out again."""
    return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def prepared(folder: Path, speakers: int = 6, **changes) -> MovingConfig:
    """Write a run folder as `prepare` leaves it, and return its configuration."""
    chosen = config(**changes)
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(tomli_w.dumps(_without_none(chosen.model_dump())))
    settings = chosen.device_settings()
    for steps in settings.conditions:
        for k in steps:
            write_place(folder / "data" / str(k), f"condition {k}", k, speakers)
    (folder / "data" / SETTINGS).write_text(settings.model_dump_json())
    if chosen.server.speakers:
        write_place(folder / "server", "server", 99)
    return chosen


def run(folder: Path, workers: int = 1, **changes) -> MovingConfig:
    """Run a small federation to its end and write its results."""
    chosen = prepared(folder, **changes)
    inprocess.run_federation(folder, chosen.devices.count, workers)
    write_results(folder, chosen, ACOUSTICS)
    return chosen


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, keep_default_na=False)


def files_of(folder: Path, arm: str, seed: int = 0) -> RoundFiles:
    return RoundFiles(arm_folder(folder, seed, Arm.parse_shared(arm)))


def model_of(folder: Path, arm: str, seed: int = 0) -> torch.Tensor:
    return files_of(folder, arm, seed).read_state().model


def own_of(folder: Path, device: int, arm: str, round: int, seed: int = 0) -> torch.Tensor:
    """The parameters that a device keeps for itself after a round."""
    store = folder / "devices" / str(device) / f"seed-{seed}" / Arm.parse_shared(arm).folder
    return whole_files.read_tensors(store / f"round-{round:05d}.safetensors")[0]["own"]


def weights_hash(folder: Path) -> str:
    """A hash of all weights that a run ends with: the server's models, and what devices keep."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("checkpoints/**/server.safetensors")):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(whole_files.read_tensors(path)[0]["model"].numpy().tobytes())
    for path in sorted(folder.glob("devices/**/round-*.safetensors")):
        digest.update(str(path.relative_to(folder)).encode())
        tensors, record = whole_files.read_tensors(path)
        for name in sorted(tensors):
            digest.update(tensors[name].numpy().tobytes())
        digest.update(repr(record).encode())
    return digest.hexdigest()


@contextmanager
def intercepted(monkeypatch, on_train):
    """Let `on_train(message, context, answer)` stand between the server and every device."""
    original = inprocess.answer

    def answer(message, context):
        if payload.TASK not in message.content:
            return original(message, context)
        return on_train(message, context, original)

    with monkeypatch.context() as patch:
        patch.setattr(inprocess, "answer", answer)
        yield


def copied(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target
