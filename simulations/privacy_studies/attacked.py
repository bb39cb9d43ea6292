"""A federation that was run for a study, with its speech at hand again: who owns what, and what was sent."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from clients.sharing import Sharing
from fedser.device import Life, World
from fedser.errors import RunError
from fedser.privacy.attacks import Layout, Update
from fedser.protocol import Arm
from fedser.whole_files import write_text
from simulations.moving.config import CorpusSection, MovingConfig, PlaceSection
from simulations.moving.federation import updates_folder
from simulations.moving.prepare import prepare
from simulations.moving.run import run_moving
from simulations.moving.update_files import UpdateFiles
from simulations.run_folder import read_record
from simulations.sources import RunContext

_ROUND = re.compile(r"round-(\d+)\.safetensors")


@dataclass(frozen=True)
class Received:
    """What the server saw of a round: the parameters sent (k,), the updates (k,) by device, and their steps."""

    round: int
    before: Tensor
    updates: Mapping[int, Tensor]
    steps: Mapping[int, int]


@dataclass(frozen=True)
class Attacked:
    """A finished run, and the folder of its data (`World.read`)."""

    config: MovingConfig
    run: Path
    data: Path

    @property
    def arms(self) -> list[Arm]:
        """Return the arms that send something."""
        return [arm for arm in self.config.parsed_arms() if arm.shares]

    @property
    def names(self) -> list[str]:
        """Return how configurations write the arms that send something."""
        return [arm.name for arm in self.arms]

    def name_of(self, arm: int) -> str:
        """Return how configurations write an arm, by its place."""
        return self.names[arm]

    def world(self, seed: int) -> World:
        """Return the world of a seed."""
        return World.read(self.data, seed)

    def layout(self, arm: Arm) -> Layout:
        """Return where each layer that is shared lies in an update."""
        life = Life(self.world(0), arm)
        shared = Sharing.of(arm.mode, life.model).shared_size
        return Layout({k: v for k, v in Layout.of(life.parameters).places.items() if v[0] < shared})

    def received(self, seed: int, arm: Arm) -> Iterator[Received]:
        """Yield the rounds of an arm of a seed, in order."""
        folder = updates_folder(self.run, seed, arm)
        files = UpdateFiles(folder, self.config.training.learning_rate)
        names = (_ROUND.fullmatch(path.name) for path in folder.glob("round-*"))
        for number in sorted(int(name[1]) for name in names if name):
            tensors, record = files.read(number)
            updates = {
                int(name.partition("/")[2]): vector
                for name, vector in tensors.items()
                if name.startswith("update/") and bool(vector.any())  # who sends zeros has learnt nothing
            }
            told = {int(device): int(steps) for device, steps in record["steps"].items()}
            yield Received(number, tensors["before"], dict(sorted(updates.items())), told)

    def owner(self, world: World, device: int, round: int) -> tuple[str, str]:
        """Return a device's speaker, with the corpus in the name, and the gender, where it is in a round."""
        place = world.place(device, round)
        candidates = world.conditions[world.condition(place, round)].candidates
        first = int(world.owned(place)[device][0])
        return self._named(place, str(candidates.speaker[first])), str(candidates.gender[first])

    def _named(self, place: int, speaker: str) -> str:
        section = self.config.environments[place]
        if section.corpus:
            return f"{_corpus(section)}/{speaker}"
        if len(self.config.corpora) == 1:
            return f"{_corpus(self.config.corpora[0])}/{speaker}"
        name, _, own = speaker.partition("/")
        return f"{_corpus(next(c for c in self.config.corpora if c.name == name))}/{own}"


def run_federation(config: MovingConfig, context: RunContext, speech: Path) -> Attacked:
    """Run a federation in `context.folder`, and put its data, which a finished run drops, below `speech`.

    Raises RunError where the corpora have changed since the run.
    """
    run_moving(config, context)
    digest = str(read_record(context.folder).get("data_digest", ""))
    note = speech / "digest"
    if not note.exists() or note.read_text(encoding="utf-8") != digest:
        shutil.rmtree(speech, ignore_errors=True)
        speech.mkdir(parents=True)
        reachable = config.without_network() if context.offline else config
        if prepare(reachable, context.sources, speech, context.workers).digest != digest:
            raise RunError(f"{context.folder}: the corpora have changed since this run; choose another --run")
        write_text(note, digest)
    return Attacked(config, context.folder, speech / "data")


def updates_of(attacked: Attacked, arm: Arm, seeds: range | None = None) -> list[Update]:
    """Return what the server received of an arm, over all `seeds`; devices of two seeds are two devices."""
    rate, found = attacked.config.training.learning_rate, []
    for seed in seeds or range(attacked.config.seeds):
        world = attacked.world(seed)
        for received in attacked.received(seed, arm):
            before = received.before.numpy()
            for device, update in received.updates.items():
                speaker, gender = attacked.owner(world, device, received.round)
                after = before + update.numpy()
                if not np.array_equal(after, before):
                    # A device under a guarantee tells no steps: they only scale the gradient.
                    steps = received.steps.get(device, 1)
                    name = f"{seed}/{device}"
                    found.append(Update(before, after, rate, steps, name, received.round, speaker, gender))
    return found


def _corpus(section: CorpusSection | PlaceSection) -> str:
    """Return what tells the speakers of one corpus from those of another."""
    options: dict[str, Any] = section.options
    seed = f"#{options['seed']}" if "seed" in options else ""
    root = f"@{section.root}" if section.corpus == "manifest" else ""
    return f"{section.corpus}{root}{seed}"
