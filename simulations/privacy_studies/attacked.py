"""A federation that was run for a study, with its speech at hand again: who owns what, and what was sent."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from fedser.device import World
from fedser.errors import RunError
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
_UPDATE = "update/"


@dataclass(frozen=True)
class SeenRound:
    """What the server saw of a round: the parameters sent (k,), the updates (k,) by device, and their steps."""

    round: int
    before: Tensor
    updates: Mapping[int, Tensor]
    """Of those that changed something."""
    steps: Mapping[int, int]
    trained: frozenset[int]
    """The devices that trained, late ones too."""


@dataclass(frozen=True)
class Attacked:
    """A finished run, and the folder of its data (`World.read`)."""

    config: MovingConfig
    run: Path
    data: Path

    @property
    def arms(self) -> list[Arm]:
        """Return the arms that send something."""
        return [arm for arm in self.config.parsed_arms() if arm.sends]

    def world(self, seed: int) -> World:
        """Return the world of a seed."""
        return World.read(self.data, seed)

    def received(self, seed: int, arm: Arm) -> Iterator[SeenRound]:
        """Yield the rounds of an arm of a seed, in order."""
        folder = updates_folder(self.run, seed, arm)
        files = UpdateFiles(folder, self.config.training.learning_rate, self.world(seed).identity)
        names = (_ROUND.fullmatch(path.name) for path in folder.glob("round-*"))
        for number in sorted(int(name[1]) for name in names if name):
            tensors, record = files.read(number)
            sent = {
                int(name.removeprefix(_UPDATE)): vector
                for name, vector in tensors.items()
                if name.startswith(_UPDATE)
            }
            told = {int(device): int(steps) for device, steps in record["steps"].items()}
            updates = {device: vector for device, vector in sorted(sent.items()) if bool(vector.any())}
            yield SeenRound(number, tensors["before"], updates, told, frozenset(sent) | frozenset(told))

    def store(self, device: int, seed: int, arm: Arm) -> Path:
        """Return where a device of an arm of a seed keeps what is its own."""
        return self.run / "devices" / str(device) / f"seed-{seed}" / arm.folder

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


def _corpus(section: CorpusSection | PlaceSection) -> str:
    """Return what tells the speakers of one corpus from those of another."""
    options: dict[str, Any] = section.options
    seed = f"#{options['seed']}" if "seed" in options else ""
    root = f"@{section.root}" if section.corpus == "manifest" else ""
    return f"{section.corpus}{root}{seed}"
