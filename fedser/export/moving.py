"""A model of a federation: the server's, or one device's own."""

import tomllib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fedser.export.card import model_card
from fedser.export.release import Release, assemble
from fedser.metrics.moving import final_scores
from fedser.protocol import Arm
from fedser.protocol.arms import MODES, title_of
from fedser.results.metrics import metric_title
from fedser.results.moving import MovingRun
from fedser.results.moving.measures import last_known
from fedser.results.numerals import NONE, decimal, grouped
from fedser.results.renderers.markdown import escape
from fedser.vocabulary import TARGETS


@dataclass(frozen=True)
class Holder:
    """Whose model it is: the server's after a round, or that of a device that last took part in a round."""

    round: int
    device: int | None = None
    own: str = ""
    """What of a device's model is its own: "all of it", "its heads"; the rest is the server's."""

    @property
    def title(self) -> str:
        """Return how a heading says it."""
        return "the server's model" if self.device is None else f"device {self.device}'s own model"

    def sentence(self, rounds: int) -> str:
        """Return what a reader must know of it; `rounds` is the last round of the run."""
        if self.device is None:
            return f"This is the model that all devices share, as the server has it after round {self.round}."
        shared = "" if self.own == "all of it" else f"; the rest is the server's after round {rounds}"
        return (
            f"This is the model with which device {self.device} goes on. Its own is {self.own}, as it was after "
            f"round {self.round}, the last in which it took part{shared}."
        )


def release(run: MovingRun, arm: Arm, seed: int, holder: Holder, parameters: Tensor) -> Release:
    """Return the model with parameters (p,) and its card."""
    trained = {
        **arm.row(),
        "seed": seed,
        "round": holder.round,
        "device": "server" if holder.device is None else holder.device,
        "environments": list(run.environments),
        "notes": list(run.notes),
    }
    return Release(assemble(run, parameters, trained), _card(run, arm, seed, holder))


def _card(run: MovingRun, arm: Arm, seed: int, holder: Holder) -> str:
    introduction = (
        f"{run.devices} devices moved between {len(run.environments)} environments for {run.rounds} rounds, mode "
        f"{MODES[arm.mode]}, and adapted by {title_of(arm.method)}"
        + (f" with a memory sampled by {arm.memory}" if arm.memory not in ("none", "random") else "")
        + (f", averaged by {_rule(run, arm)}" if arm.shares else "")
        + f" (arm {arm.name}, seed {seed}). {holder.sentence(run.rounds)}"
    )
    sections = {"Data": _data(run, seed), "Metrics": _metrics(run, arm, seed, holder)}
    title = f"{', '.join(run.environments)}, {arm.label}, {holder.title}"
    return model_card(title, introduction, sections, run.record)


def _rule(run: MovingRun, arm: Arm) -> str:
    named = tomllib.loads(run.config).get("aggregation", {}).get("rule", "the configured rule")
    return arm.rule or str(named)


def _data(run: MovingRun, seed: int) -> str:
    config = tomllib.loads(run.config)
    shared = [f"{section['name']} ({section['corpus']})" for section in config.get("corpora", [])]
    own = {place["name"]: f"{place['name']} ({place.get('corpus', '')})" for place in config["environments"]}
    rows = ["| environment | speech | device-rounds | utterances heard | labelled |", "|---|---|--:|--:|--:|"]
    visits = run.visits[run.visits["seed"] == seed]
    for name in run.environments:
        here = visits[visits["environment"] == name]
        counts = [grouped(int(here[column].sum())) for column in ("heard", "labelled")]
        speech = ", ".join(shared) or own[name]
        rows.append(f"| {escape(name)} | {escape(speech)} | {grouped(len(here))} | {' | '.join(counts)} |")
    others = run.devices - len(run.followed)
    notes = [f"of {grouped(others)} devices only the rounds in which they were asked"] if others else []
    return "\n".join([*rows, "", *(f"- {escape(note)}" for note in (*notes, *run.notes))])


def _metrics(run: MovingRun, arm: Arm, seed: int, holder: Holder) -> str:
    said = "On the test split of every environment, this model:"
    if holder.device is not None and holder.own != "all of it":
        said = "On the test split of every environment, the device's model as it was after its last round:"
    rows = [said, "", f"| environment | target | {' | '.join(map(metric_title, run.metrics))} |"]
    rows.append("|---|---" + "|--:" * len(run.metrics) + "|")
    k = run.seeds.index(seed)
    scores = {(t, m): _scores(run, arm, t, m, holder)[k] for t in TARGETS for m in run.metrics}
    for place, name in enumerate(run.environments):
        for target in TARGETS:
            values = (float(scores[target, metric][place]) for metric in run.metrics)
            cells = (NONE if np.isnan(value) else decimal(value, 3) for value in values)
            rows.append(f"| {escape(name)} | {target} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _scores(run: MovingRun, arm: Arm, target: str, metric: str, holder: Holder) -> NDArray[np.float64]:
    """Return (seeds, environments): the last scores of the server's model, or of the device's."""
    if holder.device is None:
        return last_known(run.server(arm, target, metric))
    return np.stack([final_scores(R)[holder.device] for R in run.measures[arm, target, metric].R])
