"""The model card: data, labels, metrics and limits (Mitchell et al. 2019, arXiv 1810.03993)."""

from fedser.protocol import Arm
from fedser.protocol.arms import title_of
from fedser.results.metrics import metric_title
from fedser.results.numerals import decimal
from fedser.results.one_device import RunResults
from fedser.vocabulary import SPLITS, TARGETS

LIMITS = """\
- Emotion is what listeners perceived (or what category norms say, where the data section says "mapped
  labels"), not what the speaker felt.
- Scores hold for the environments listed, for held-out speakers. In another room, on another microphone, in
  another language or for other people expect less; the table shows how much less between the listed ones.
- Not for decisions about people: hiring, credit, health, policing, schooling.
- The model has seen the training speech; an attacker with the weights may learn something of it.
"""


def model_card(run: RunResults, arm: Arm, seed: int) -> str:
    """Return README.md of an exported model, with the front matter that model hubs read."""
    title = title_of(arm.method)
    parts = [
        "---\nlibrary_name: fedser\ntags:\n- speech-emotion-recognition\n- continual-learning\n---",
        f"# Activation and valence, {' → '.join(run.environments)}, {arm.label}",
        f"One device met {len(run.environments)} environments in this order and adapted by {title}"
        + (f" with a memory sampled by {arm.memory}" if arm.memory not in ("none", "random") else "")
        + f" (seed {seed}). Predicts activation and valence in [-1, 1] from speech and its transcript.",
        "```python\nfrom pathlib import Path\nfrom fedser import audio, export\n\n"
        'model = export.load(Path("."))\n'
        'activation, valence = model.predict([audio.read(Path("speech.wav"))], ["what was said"])[0]\n```',
        "## Data\n\n" + _data(run),
        "## Labels\n\n" + _labels(run),
        "## Metrics\n\n" + _metrics(run, arm, seed),
        "## Limits\n\n" + LIMITS,
        f"Made with fedser {run.record['fedser']}, torch {run.record.get('torch', '?')}.",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _data(run: RunResults) -> str:
    rows = ["| environment | corpus | train | validation | test | speakers |", "|---|---|--:|--:|--:|--:|"]
    for name in run.environments:
        table = run.utterances[run.utterances["environment"] == name]
        counts = [str(int((table["split"] == split).sum())) for split in SPLITS]
        speakers = table.loc[table["speaker"] != "", "speaker"].nunique()
        rows.append(f"| {name} | {', '.join(sorted(set(table['corpus'])))} | {' | '.join(counts)} | {speakers} |")
    return "\n".join([*rows, "", *(f"- {note}" for note in run.notes)])


def _labels(run: RunResults) -> str:
    lines = ["Scaled to [-1, 1] per corpus. Means and standard deviations over all splits:", ""]
    for name in run.environments:
        table = run.utterances[run.utterances["environment"] == name]
        texts = [f"{target} {table[target].mean():.2f} ± {table[target].std():.2f}" for target in TARGETS]
        lines.append(f"- {name}: {', '.join(texts)}")
    return "\n".join(lines)


def _metrics(run: RunResults, arm: Arm, seed: int) -> str:
    titles = " | ".join(map(metric_title, run.metrics))
    rows = ["On the test splits, this model:", "", f"| environment | target | {titles} |"]
    rows.append("|---|---" + "|--:" * len(run.metrics) + "|")
    k = run.seeds.index(seed)
    for place, name in enumerate(run.environments):
        for target in TARGETS:
            scores = (float(run.R(arm, target, metric)[k, -1, place]) for metric in run.metrics)
            rows.append(f"| {name} | {target} | {' | '.join(decimal(score, 3) for score in scores)} |")
    return "\n".join(rows)
