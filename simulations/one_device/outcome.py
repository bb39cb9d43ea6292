"""From the checkpoints of a run to its CSV files."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.metrics.pooled import Moments
from fedser.protocol import Arm, EnvironmentData, StageRecord
from fedser.results import files
from fedser.results.files import CsvRow
from fedser.results.one_device.schema import SCHEMA
from fedser.results.one_device.scores import Order, sort_rows, write_scores
from fedser.strategies import STRATEGIES
from fedser.vocabulary import TARGETS
from simulations.one_device.workers import ProtocolSetup


def write_results(folder: Path, setup: ProtocolSetup, arms: Sequence[Arm]) -> None:
    """Write scores, costs, curves and predictions."""
    config = setup.config
    order = Order(range(config.seeds), arms, [e.name for e in config.environments], config.metrics)
    scores: list[CsvRow] = []
    costs: list[CsvRow] = []
    curves: list[CsvRow] = []
    predictions: list[CsvRow] = []
    speakers: list[CsvRow] = []
    heard = files.read(folder, "utterances.csv", SCHEMA)
    utterances = zip(heard["environment"], heard["utterance"], strict=True)
    speaker_of = dict(zip(utterances, heard["speaker"], strict=True))
    for seed in order.seeds:
        run = setup.run_of(seed)
        for arm in arms:
            records = run.learn_arm(arm, _no_watch)
            for record in records:
                head = {"seed": seed, "method": arm.method, "memory": arm.memory, "stage": record.record["stage"]}
                scores += [head | row for row in _scores(record)]
                speakers += [head | row for row in _speakers(record, run.environments, speaker_of)]
                costs.append(head | _cost(arm, record, first=record is records[0]))
                curves += [head | row for row in _curve(record)]
            if seed == order.seeds[0]:
                final = {
                    "seed": seed,
                    "method": arm.method,
                    "memory": arm.memory,
                    "stage": records[-1].record["stage"],
                }
                predictions += [final | row for row in _predictions(records[-1], run.environments)]
    write_scores(folder, pd.DataFrame(scores), order)
    for name, rows in (
        ("costs.csv", costs),
        ("curves.csv", curves),
        ("speakers.csv", speakers),
        ("predictions.csv", predictions),
    ):
        files.write(folder, name, sort_rows(pd.DataFrame(rows), order), SCHEMA)


def _no_watch(arm: str, stage: str, epoch: int) -> None:
    """Nothing is trained here: all stages are read from their checkpoints."""


def _scores(record: StageRecord) -> Iterator[CsvRow]:
    for environment, split, target, metric, value in record.record["scores"]:
        yield {"environment": environment, "split": split, "target": target, "metric": metric, "value": value}


def _speakers(
    record: StageRecord, environments: Sequence[EnvironmentData], speaker_of: Mapping[tuple[str, str], str]
) -> Iterator[CsvRow]:
    """Yield what each test speaker adds to the scores, environments and targets in order, speakers by name."""
    for environment in environments:
        name = environment.name
        speaker = np.array([speaker_of[name, utterance] for utterance in environment.utterances["test"]])
        predicted, labels = record.predictions[name].numpy(), environment.labels["test"]
        for k, target in enumerate(TARGETS):
            for person in np.unique(speaker):
                theirs = speaker == person
                numbers = Moments.of(predicted[theirs, k], labels[theirs, k]).to_list()
                head = {"environment": name, "target": target, "speaker": str(person)}
                yield head | dict(zip(_MOMENTS, (int(numbers[0]), *numbers[1:]), strict=True))


_MOMENTS = ("n", "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both")


def _cost(arm: Arm, record: StageRecord, first: bool) -> CsvRow:
    values = record.record
    altering = bool(STRATEGIES[arm.method].alters) and not first
    return {
        "epochs": values["epochs"],
        "steps": values["steps"],
        "seconds": values["seconds"],
        "rows_per_step": values["rows_per_step"],
        "utterances": values["utterances"],
        "passes_per_utterance": values["passes"] / values["utterances"],
        "flops": values["flops"],
        "memory_bytes": values["memory_bytes"],
        "trigger_rate": values["altered"] / values["steps"] if altering else float("nan"),
    }


def _curve(record: StageRecord) -> Iterator[CsvRow]:
    pairs = zip(record.record["train_losses"], record.record["validation_losses"], strict=True)
    for epoch, (train, validation) in enumerate(pairs, start=1):
        yield {
            "epoch": epoch,
            "train_loss": train,
            "validation_loss": float("nan") if validation is None else validation,
        }


def _predictions(record: StageRecord, environments: Sequence[EnvironmentData]) -> Iterator[CsvRow]:
    for environment in environments:
        labels = environment.labels["test"].tolist()
        predicted = record.predictions[environment.name].tolist()
        ids = environment.utterances["test"]
        for utterance, (activation, valence), (p_activation, p_valence) in zip(
            ids, labels, predicted, strict=True
        ):
            yield {
                "environment": environment.name,
                "utterance": utterance,
                "activation": activation,
                "valence": valence,
                "predicted_activation": p_activation,
                "predicted_valence": p_valence,
            }
