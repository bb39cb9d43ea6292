"""The server's round loop for one arm of one seed.

Flower's own loop (`Strategy.start`) has no checkpoint, samples node ids, and goes on when clients fail; this one
asks devices, by their number, and every random choice of it is keyed by seed and round. So an arm ends with the
same weights on every engine, and after any number of kills.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flwr.app import Message, MessageType, RecordDict
from torch import Tensor

from clients import payload
from clients.payload import MODEL, Mode, Report, Task, report_of
from clients.sharing import Sharing
from fedser.device import Life, World
from fedser.errors import RunError
from fedser.protocol import Arm
from simulations.moving.aggregation import Aggregation
from simulations.moving.cohort import draw_cohort, is_late
from simulations.moving.config import MovingConfig
from simulations.moving.devices import Devices
from simulations.moving.round_files import RoundFiles, ServerState
from simulations.moving.wire import wire_bytes

Scores = dict[str, list[float]]
Told = Callable[[int], None]


@dataclass
class Round:
    """What is known of a round while it goes on."""

    number: int
    entries: list[dict[str, Any]] = field(default_factory=list)
    updates: list[tuple[int, Message, int]] = field(default_factory=list)
    """(device, its reply, utterances trained on) of the updates that count."""

    def add(self, device: int, outcome: str, down: int, up: int = 0, report: Report | None = None) -> None:
        """Note what became of a device of the cohort."""
        entry: dict[str, Any] = {"device": device, "outcome": outcome, "bytes_down": down, "bytes_up": up}
        if report:
            entry |= {
                "steps": report.steps,
                "altered": report.altered,
                "flops": report.flops,
                "memory_bytes": report.memory_bytes,
                "seconds": report.seconds,
                "held_out": _plain(report.held_out),
                "prequential": {key: moments.to_list() for key, moments in report.prequential.items()},
            }
        self.entries.append(entry)


class Federation:
    """One arm of one seed: the server's model, and the rounds that change it."""

    def __init__(
        self, config: MovingConfig, world: World, mode: Mode, arm: Arm, devices: Devices, files: RoundFiles
    ) -> None:
        self._config, self._world, self._mode, self._arm = config, world, mode, arm
        self._devices, self._files = devices, files
        self._life = Life(world, arm)
        self._sharing = Sharing.of(mode, self._life.model)
        self._aggregation = Aggregation(config.aggregation)

    def run(self, first: Tensor, tell: Told) -> Tensor:
        """Go through all rounds from the model `first` (p,), or from the last checkpoint; return the last model.

        Raises RunError when too many devices of a round fail.
        """
        state = self._files.read_state()
        if state is None:
            state = ServerState(0, first)
            self._files.write(state, {"round": 0, "global": self._score(first, 1), "devices": []})
        self._aggregation.restore(state.aggregation)
        for number in range(state.round + 1, self._config.rounds + 1):
            self._round(state, number)
            tell(number)
        return state.model

    def _round(self, state: ServerState, number: int) -> None:
        round = Round(number)
        cohort = self._cohort(number)
        if cohort:
            self._exchange(state, cohort, round)
        self._refuse_failures(round, len(cohort))
        enough = len(round.updates) >= max(1, math.ceil(self._config.participation.quorum * len(cohort)))
        aggregated = self._mode != "local" and enough and bool(round.updates)
        if aggregated:
            state.model = self._merged(state.model, round)
        state.round, state.aggregation = number, self._aggregation.state()
        record = {"round": number, "aggregated": aggregated, "devices": round.entries}
        if self._mode != "local" and self._world.settings.scored_in(number):
            record["global"] = self._score(state.model, number)
        self._files.write(state, record)

    def _cohort(self, number: int) -> list[int]:
        available = self._world.itinerary.available[:, number - 1]
        reachable = [device for device in range(self._world.settings.devices) if available[device]]
        return draw_cohort(self._config.participation, reachable, self._world.seed, number)

    def _exchange(self, state: ServerState, cohort: Sequence[int], round: Round) -> None:
        """Send the model to the cohort and take in what comes back, in the order of the devices."""
        task = Task(self._world.seed, self._mode, self._arm.name, round.number)
        contents: dict[bool, tuple[RecordDict, int]] = {}
        for introduced in {device in state.introduced for device in cohort}:
            # Messages of a round share their content: serialised once, and never changed.
            content = payload.order(task, self._sharing.down(state.model, introduced))
            contents[introduced] = content, wire_bytes(content)
        orders = {device: contents[device in state.introduced] for device in cohort}
        timeout = self._config.participation.reply_timeout_s
        replies = self._devices.ask(
            MessageType.TRAIN, {d: content for d, (content, _) in orders.items()}, round.number, timeout
        )
        for device in cohort:
            down, reply = orders[device][1], replies.get(device)
            if reply is None or reply.has_error():
                round.add(device, "failed", down)
                state.introduced.discard(device)  # its store may be lost: it is sent the whole model again
                continue
            state.introduced.add(device)
            self._take(device, reply, down, round)

    def _take(self, device: int, reply: Message, down: int, round: Round) -> None:
        report, up = report_of(reply.content), wire_bytes(reply.content)
        late = is_late(self._config.participation, self._world.seed, device, report.flops, down + up)
        round.add(device, "late" if late else report.outcome, down, up, report)
        if report.outcome == "trained" and not late:
            round.updates.append((device, reply, report.examples))

    def _refuse_failures(self, round: Round, asked: int) -> None:
        failed = sum(entry["outcome"] == "failed" for entry in round.entries)
        if asked and failed / asked > self._config.participation.most_failures:
            raise RunError(
                f"{self._mode}:{self._arm.name}, seed {self._world.seed}, round {round.number}: "
                f"{failed} of {asked} devices failed{self._devices.last_error()}; "
                f"participation.most_failures allows {self._config.participation.most_failures:g}; "
                "mend the cause and resume with --run"
            )

    def _merged(self, model: Tensor, round: Round) -> Tensor:
        shared = self._sharing.up(model)
        if shared is None:
            return model
        updates = [(reply.content.array_records[MODEL], examples) for _, reply, examples in round.updates]
        merged = self._aggregation(round.number, shared, updates, like=round.updates[0][1])
        return self._sharing.merge(model, merged)

    def _score(self, model: Tensor, number: int) -> Scores:
        self._life.parameters.restore(model)
        return _plain(self._life.score(number))


def _plain(scores: dict[str, Any]) -> Scores:
    return {
        key: [*moments.to_list(), *map(float, confusion.to_list())] for key, (moments, confusion) in scores.items()
    }


def arm_folder(run: Path, seed: int, mode: Mode, arm: Arm) -> Path:
    """Return where the rounds of an arm of a seed are kept."""
    return run / "checkpoints" / f"seed-{seed}" / f"{mode}-{arm.name}"
