"""A run folder as the runner writes it, made without training: models of a given skill that forget.

For every seed, arm, stage and environment a "model" predicts a label by scaling it with its skill there and
adding noise; scores are the real CCC and UAR of these predictions, so all files fit together.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.metrics import bin_levels, ccc, uar
from fedser.metrics.pooled import Moments
from fedser.results import files
from fedser.results.arms import Arm
from fedser.results.one_device.schema import SCHEMA
from fedser.results.one_device.scores import Order, sort_rows, stage_names, write_scores
from fedser.seeding import generator
from fedser.version import __version__

ALL_ARMS = (
    Arm("finetuning", "none"),
    *(Arm("exper", memory) for memory in ("random", "length", "gender", "speaker")),
    *(Arm("gem", memory) for memory in ("random", "length", "gender", "speaker")),
    Arm("joint", "none"),
)
OWN, UNSEEN = 0.6, 0.2
KEPT = {"finetuning": 0.55, "exper": 0.9, "gem": 0.95, "joint": 1.05}
SPLIT_SIZES = {"train": 60, "validation": 20, "test": 40}


def write_run(
    folder: Path,
    environments: Sequence[str] = ("home", "office", "café"),
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    arms: Sequence[Arm] = ALL_ARMS,
    notes: dict[str, list[str]] | None = None,
    sizes: dict[str, int] = SPLIT_SIZES,
) -> Path:
    """Write a finished run folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    order = Order(seeds, arms, environments)
    utterances = pd.concat([_utterances(environment, sizes) for environment in environments], ignore_index=True)
    scores, predictions, speakers = _scores_and_predictions(order, utterances)
    write_scores(folder, scores, order)
    files.write(folder, "predictions.csv", sort_rows(predictions, order), SCHEMA)
    files.write(folder, "speakers.csv", sort_rows(speakers, order), SCHEMA)
    curves = _curves(order)
    files.write(folder, "curves.csv", sort_rows(curves, order), SCHEMA)
    files.write(folder, "costs.csv", sort_rows(_costs(order, curves), order), SCHEMA)
    files.write(folder, "utterances.csv", utterances, SCHEMA)
    files.write(folder, "dropped.csv", _dropped(environments), SCHEMA)
    files.write(folder, "splits.csv", pd.DataFrame(columns=list(SCHEMA["splits.csv"])), SCHEMA)
    (folder / "config.toml").write_text('[experiment]\nname = "rehearsal"\n', encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(_record(order, notes), ensure_ascii=False), encoding="utf-8")
    return folder


def _record(order: Order, notes: dict[str, list[str]] | None) -> dict[str, object]:
    if notes is None:
        notes = {environment: ["synthetic: for trying out, not evidence"] for environment in order.environments}
    return {
        "fedser": __version__,
        "python": "3.11.9",
        "torch": "2.13.0",
        "numpy": "2.4.6",
        "transformers": "5.23.0",
        "git_commit": "0123456789abcdef",
        "seeds": list(order.seeds),
        "environments": list(order.environments),
        "notes": notes,
        "defaults": ["model.width = 256", "training.max_epochs = 500", "gem.margin = 0.5"],
        "timings": [{"workers": 2, "prepare_s": 12.5, "train_s": 97.25}, {"workers": 1, "train_s": 3.5}],
        "warnings": ["seed 0, gem-random, home: the cap on epochs was met"],
        "started": "2030-01-01T10:00:00+00:00",
        "finished": "2030-01-01T10:02:00+00:00",
        "peak_memory_mb": 812.5,
    }


def _utterances(environment: str, sizes: dict[str, int]) -> pd.DataFrame:
    random = generator(0, "utterances", environment)
    n = sum(sizes.values())
    split = [name for name, size in sizes.items() for _ in range(size)]
    labels = random.uniform(-1, 1, (n, 2)).round(3)
    return pd.DataFrame(
        {
            "environment": environment,
            "utterance": [f"{environment}_{i:04d}" for i in range(n)],
            "corpus": "rehearsal",
            "speaker": [f"{name}-{i % 5}" for i, name in enumerate(split)],
            "gender": ["female" if i % 2 else "male" for i in range(n)],
            "split": split,
            "duration_s": random.uniform(3, 12, n).round(2),
            "activation": labels[:, 0],
            "valence": labels[:, 1],
        }
    )


def _skill(arm: Arm, stage: int, environment: int) -> float:
    if environment > stage:
        return UNSEEN + 0.05 * stage
    return OWN * KEPT[arm.method] ** (stage - environment)


def _predict(labels: np.ndarray, skill: float, seed: int, *key: str) -> np.ndarray:
    random = generator(seed, "prediction", *key)
    skill = skill + random.normal(0, 0.02)
    noise = random.normal(0, 0.4 * (1.2 - skill), labels.shape)
    return np.tanh(labels * [skill, 0.6 * skill] + noise + 0.1 * (1 - skill))


def _scores_and_predictions(
    order: Order, utterances: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    scores, predictions, speakers = [], [], []
    stages = stage_names(order.environments)
    for seed in order.seeds:
        for arm in order.arms:
            for i, stage in enumerate(stages):
                for j, environment in enumerate(order.environments):
                    for split in ("validation", "test"):
                        part = utterances[
                            (utterances["environment"] == environment) & (utterances["split"] == split)
                        ]
                        key = {"seed": seed, "method": arm.method, "memory": arm.memory, "stage": stage}
                        key |= {"environment": environment}
                        labels = part[["activation", "valence"]].to_numpy()
                        # The first model is shared: its predictions do not depend on the arm.
                        stream = (stage, environment, split, *((arm.method, arm.memory) if i else ()))
                        predicted = _predict(labels, _skill(arm, i, j), seed, *stream)
                        for column, target in enumerate(("activation", "valence")):
                            x, y = predicted[:, column], labels[:, column]
                            for metric, value in (("ccc", ccc(x, y)), ("uar", uar(bin_levels(x), bin_levels(y)))):
                                cells = {"split": split, "target": target, "metric": metric, "value": value}
                                scores.append(key | cells)
                            if split == "test":
                                own = part["speaker"].to_numpy()
                                speakers += [key | row for row in _of_speakers(own, target, x, y)]
                        if split == "test" and seed == order.seeds[0] and stage == stages[-1]:
                            rows = part[["utterance", "activation", "valence"]].assign(**key)
                            rows["predicted_activation"], rows["predicted_valence"] = predicted.T
                            predictions.append(rows)
    return pd.DataFrame(scores), pd.concat(predictions, ignore_index=True), pd.DataFrame(speakers)


def _of_speakers(speakers: np.ndarray, target: str, x: np.ndarray, y: np.ndarray) -> list[dict[str, object]]:
    names = ("n", "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both")
    rows = []
    for speaker in sorted(set(speakers)):
        moments = Moments.of(x[speakers == speaker], y[speakers == speaker]).to_list()
        numbers = dict(zip(names, (int(moments[0]), *moments[1:]), strict=True))
        rows.append({"target": target, "speaker": speaker} | numbers)
    return rows


def _curves(order: Order) -> pd.DataFrame:
    rows = []
    for seed in order.seeds:
        for arm in order.arms:
            for i, stage in enumerate(stage_names(order.environments)):
                random = generator(seed, "curve", stage, *((arm.method, arm.memory) if i else ()))
                for epoch in range(1, 20 + int(random.integers(0, 10))):
                    loss = 2 * np.exp(-epoch / 8) + 0.5 + 0.02 * random.normal()
                    rows.append((seed, arm.method, arm.memory, stage, epoch, loss, loss + 0.1 + epoch / 200))
    columns = ["seed", "method", "memory", "stage", "epoch", "train_loss", "validation_loss"]
    return pd.DataFrame(rows, columns=columns)


def _costs(order: Order, curves: pd.DataFrame) -> pd.DataFrame:
    epochs = curves.groupby(["seed", "method", "memory", "stage"])["epoch"].max()
    per_step = {"finetuning": 32.0, "exper": 32.0, "gem": 293.0, "joint": 32.0}
    rows = []
    for seed in order.seeds:
        for arm in order.arms:
            for i, stage in enumerate(stage_names(order.environments)):
                n = int(epochs[seed, arm.method, arm.memory, stage])
                row = {"seed": seed, "method": arm.method, "memory": arm.memory, "stage": stage, "epochs": n}
                each = per_step[arm.method] + (261.0 * (i - 1) if arm.method == "gem" and i else 0)
                row |= {"steps": 50 * n, "seconds": n * each / 500, "rows_per_step": each if i else 32.0}
                row |= {"utterances": 60, "passes_per_utterance": 50 * n * row["rows_per_step"] / 60}
                row["flops"] = int(50 * n * row["rows_per_step"] * 1e6)
                row["memory_bytes"] = 3560 * i if arm.memory != "none" else 0
                row["trigger_rate"] = 0.3125 if arm.method == "gem" and i else None
                rows.append(row)
    return pd.DataFrame(rows)


def _dropped(environments: Sequence[str]) -> pd.DataFrame:
    rows = [(environments[0], f"x{i}", "train", "too short") for i in range(3)]
    rows += [(environments[-1], "y0", "", "unreadable"), (environments[-1], "y1", "test", "no label")]
    return pd.DataFrame(rows, columns=["environment", "utterance", "split", "reason"])
