"""The model of one device after its last environment."""

from pathlib import Path

from fedser.errors import RunError
from fedser.export.card import model_card
from fedser.export.release import Release, assemble
from fedser.protocol import Arm
from fedser.protocol.arms import title_of
from fedser.protocol.sequential import FIRST
from fedser.protocol.stage_files import read_record
from fedser.results.metrics import metric_title
from fedser.results.numerals import decimal
from fedser.results.one_device import RunResults
from fedser.results.renderers.markdown import escape
from fedser.vocabulary import SPLITS, TARGETS


def release(run: RunResults, arm: Arm, seed: int) -> Release:
    """Return the model of an arm and seed of the run, as it is after the last stage, and its card.

    Raises RunError if its checkpoint is gone.
    """
    path = _last_stage(run, arm, seed)
    if not path.exists():
        raise RunError(f"{path}: no such file; a finished run keeps its models there, run the experiment again")
    trained = {
        "method": arm.method,
        "memory": arm.memory,
        "seed": seed,
        "environments": list(run.environments),
        "notes": list(run.notes),
    }
    return Release(assemble(run, read_record(path).parameters, trained), _card(run, arm, seed))


def _last_stage(run: RunResults, arm: Arm, seed: int) -> Path:
    """Return the checkpoint of the arm's last stage; with one environment that is the shared first one."""
    stages = len(run.environments)
    label = arm.name if stages > 1 else FIRST
    return run.folder / "checkpoints" / f"seed-{seed}" / label / f"stage-{stages}.safetensors"


def _card(run: RunResults, arm: Arm, seed: int) -> str:
    sampled = f" with a memory sampled by {arm.memory}" if arm.memory not in ("none", "random") else ""
    introduction = (
        f"One device met {len(run.environments)} environments in this order and adapted by "
        f"{title_of(arm.method)}{sampled} (seed {seed})."
    )
    sections = {"Data": _data(run), "Labels": _labels(run), "Metrics": _metrics(run, arm, seed)}
    return model_card(f"{' → '.join(run.environments)}, {arm.label}", introduction, sections, run.record)


def _data(run: RunResults) -> str:
    rows = ["| environment | corpus | train | validation | test | speakers |", "|---|---|--:|--:|--:|--:|"]
    for name in run.environments:
        table = run.utterances[run.utterances["environment"] == name]
        counts = [str(int((table["split"] == split).sum())) for split in SPLITS]
        speakers = table.loc[table["speaker"] != "", "speaker"].nunique()
        spoken = escape(", ".join(sorted(set(table["corpus"]))))
        rows.append(f"| {escape(name)} | {spoken} | {' | '.join(counts)} | {speakers} |")
    return "\n".join([*rows, "", *(f"- {escape(note)}" for note in run.notes)])


def _labels(run: RunResults) -> str:
    lines = ["Scaled to [-1, 1] per corpus. Means and standard deviations over all splits:", ""]
    for name in run.environments:
        table = run.utterances[run.utterances["environment"] == name]
        texts = [f"{target} {table[target].mean():.2f} ± {table[target].std():.2f}" for target in TARGETS]
        lines.append(f"- {escape(name)}: {', '.join(texts)}")
    return "\n".join(lines)


def _metrics(run: RunResults, arm: Arm, seed: int) -> str:
    titles = " | ".join(map(metric_title, run.metrics))
    rows = ["On the test splits, this model:", "", f"| environment | target | {titles} |"]
    rows.append("|---|---" + "|--:" * len(run.metrics) + "|")
    k = run.seeds.index(seed)
    for place, name in enumerate(run.environments):
        for target in TARGETS:
            scores = (float(run.R(arm, target, metric)[k, -1, place]) for metric in run.metrics)
            rows.append(f"| {escape(name)} | {target} | {' | '.join(decimal(score, 3) for score in scores)} |")
    return "\n".join(rows)
