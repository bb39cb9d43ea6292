"""The server's round loop for one arm of one seed.

Flower's own loop (`Strategy.start`) has no checkpoint, samples node ids, and goes on when clients fail; this one
asks devices, by their number, and every random choice of it is keyed by seed and round. So an arm ends with the
same weights on every engine, and after any number of kills.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flwr.app import ConfigRecord, Message, MessageType, RecordDict
from torch import Tensor

from clients import payload
from clients.parameters import MODEL, PARAMETERS, read_only, values_in_place
from clients.payload import Report, Task
from clients.sending import SendingTerms
from fedser.device import Life, World
from fedser.errors import RunError, UserError
from fedser.privacy import BudgetSpentError, weight
from fedser.protocol import Arm
from fedser.rules import DeviceUpdate, RoundUpdates
from simulations.moving.cohort import draw_cohort, is_late, reachable_devices
from simulations.moving.config import MovingConfig
from simulations.moving.devices import Devices
from simulations.moving.protected_rounds import ProtectedRounds, applied, is_protected
from simulations.moving.replies import read_reply
from simulations.moving.round import Round
from simulations.moving.round_files import RoundFiles, ServerState
from simulations.moving.secure_sum import sender
from simulations.moving.update_files import UpdateFiles
from simulations.moving.wire import wire_bytes

Scores = dict[str, list[float]]
Told = Callable[[int], None]


class Federation:
    """One arm of one seed: the server's model, and the rounds that change it."""

    def __init__(
        self,
        config: MovingConfig,
        world: World,
        arm: Arm,
        devices: Devices,
        files: RoundFiles,
        kept: UpdateFiles | None = None,
    ) -> None:
        self._config, self._world, self._arm = config, world, arm
        self._devices, self._files, self._kept = devices, files, kept
        self._life = Life(world, arm)
        self._sharing = self._life.sharing
        self._rule = config.rule_of(arm)
        self._protected: ProtectedRounds | None = None
        if is_protected(config.privacy) and arm.shares:
            size = self._sharing.shared_size
            self._protected = ProtectedRounds(config, world, arm, size, files.ledger)

    def run(self, first: Tensor, tell: Told) -> Tensor:
        """Go through all rounds from the model `first` (p,), or from the last checkpoint; return the last model.

        A privacy budget that is spent ends the rounds early. Raises RunError when too many devices of a round
        fail.
        """
        state = self._files.read_state()
        if state is None:
            state = ServerState(0, first)
            self._files.write(state, {"round": 0, "global": self._score(first, 1), "devices": []})
        if self._protected and state.guard:
            self._protected.guard.restore(state.guard)
        for number in range(state.round + 1, self._config.rounds + 1):
            try:
                self._round(state, number)
            except BudgetSpentError as error:
                note = self._protected.spent() if self._protected else {}
                self._files.write_end({"round": number, "reason": str(error)} | note)
                break
            tell(number)
        return state.model

    def _round(self, state: ServerState, number: int) -> None:
        round, reachable = Round(number), reachable_devices(self._world, number)
        cohort = draw_cohort(self._config.participation, reachable, self._world.seed, number)
        asked = self._asked_for(number, cohort, len(reachable))
        if cohort:
            self._exchange(state, cohort, round, asked)
        self._refuse_failures(round, len(cohort))
        # A quotient is rounded as the option is; a product, such as 0.56 × 25, may come out above 14.
        arrived, quorum = len(round.updates), self._config.participation.quorum
        enough = arrived >= self._rule.least and arrived / len(cohort) >= quorum
        before = self._sharing.up(state.model)
        updates, note = (None, {}) if before is None else self._combined(before, round, enough)
        shared = None
        if before is not None and updates is not None:
            shared, state.rule = self._rule.aggregate(before, updates, state.rule)
            self._refuse_divergence(shared, number)
        if before is not None and self._kept:
            self._kept.write(round, before, shared)
        if shared is not None:
            state.model = self._sharing.merge(state.model, shared)
        state.round = number
        state.guard = self._protected.guard.state() if self._protected else {}
        record = {"round": number, "aggregated": shared is not None, "devices": round.entries} | note
        record |= self._devices.end_round()
        if self._arm.shares and self._world.settings.scored_in(number):
            record["global"] = self._score(state.model, number)
        self._files.write(state, record)

    def _asked_for(self, number: int, cohort: Sequence[int], reachable: int) -> dict[str, ConfigRecord]:
        """Return what [privacy] adds to the round's orders; raises BudgetSpentError."""
        if self._protected:
            return self._protected.begin(number, cohort, reachable)
        return SendingTerms(None, quiet=True).records() if self._config.privacy.private else {}

    def _exchange(
        self, state: ServerState, cohort: Sequence[int], round: Round, asked: Mapping[str, ConfigRecord]
    ) -> None:
        """Send the model to the cohort and take in what comes back, in the order of the devices."""
        task = self._task(round)
        contents: dict[bool, tuple[RecordDict, int]] = {}
        for introduced in {device in state.introduced for device in cohort}:
            # Messages of a round share their content: serialised once, and never changed.
            content = payload.order(task, self._sharing.down(state.model, introduced))
            content.update(asked)
            contents[introduced] = content, wire_bytes(content)
        orders = {device: contents[device in state.introduced] for device in cohort}
        replies = self._ask(MessageType.TRAIN, {d: content for d, (content, _) in orders.items()}, round)
        for device in cohort:
            down, reply = orders[device][1], replies.get(device)
            if reply is None or reply.has_error():
                round.add(device, "failed", down)
                state.introduced.discard(device)  # its store may be lost: it is sent the whole model again
                continue
            state.introduced.add(device)
            plain = self._arm.shares and self._protected is None
            try:
                report = read_reply(reply, self._sharing.shared_size if plain else None)
            except RunError as error:
                self._devices.note(device, str(error))
                round.add(device, "failed", down)
            else:
                self._take(device, reply, report, down, round)

    def _take(self, device: int, reply: Message, report: Report, down: int, round: Round) -> None:
        up = wire_bytes(reply.content)
        late = is_late(self._config.participation, self._world.seed, device, report.flops, down + up)
        outcome = "late" if late else report.outcome
        if self._protected and outcome == "trained":
            try:
                update = self._protected.accept(reply.content, report)
                round.received |= {} if update is None else {device: update}
            except UserError as error:
                self._devices.note(device, str(error))
                outcome = "refused"
        round.add(device, outcome, down, up, report)
        if outcome == "trained":
            round.updates.append((device, reply, report))

    def _refuse_failures(self, round: Round, asked: int) -> None:
        failed = sum(entry["outcome"] == "failed" for entry in round.entries)
        if asked and failed / asked > self._config.participation.most_failures:
            raise RunError(
                f"{self._arm.name}, seed {self._world.seed}, round {round.number}: "
                f"{failed} of {asked} devices failed{self._devices.last_error()}; "
                f"participation.most_failures allows {self._config.participation.most_failures:g}; "
                "mend the cause and resume with --run"
            )

    def _refuse_divergence(self, shared: Tensor, number: int) -> None:
        if not bool(shared.isfinite().all()):
            raise RunError(
                f"{self._arm.name}, seed {self._world.seed}, round {number}: what {self._rule.name} makes of the "
                f"updates is not finite; try a smaller training.learning_rate, or change [{self._rule.name}]"
            )

    def _combined(self, before: Tensor, round: Round, enough: bool) -> tuple[RoundUpdates | None, dict[str, Any]]:
        """Return what the rule is given, None where the model stays as it is, and what [privacy] records."""
        if self._protected is None:
            return (self._updates(round) if enough else None), {}

        def ask(kind: str, contents: Mapping[int, RecordDict]) -> Mapping[int, Message]:
            return self._ask(kind, contents, round)

        send = sender(ask, self._task(round), round.weigh)
        found = self._protected.combine(enough, round.replied, round.received, send)
        note = {"privacy": found.note}
        if found.average is None:
            return None, note
        average = DeviceUpdate(-1, applied(before, found.average))
        return RoundUpdates(round.number, self._config.devices.count, (average,)), note

    def _updates(self, round: Round) -> RoundUpdates:
        """Return the models as devices sent them."""
        found = []
        for device, reply, report in round.updates:
            model = read_only(values_in_place(reply.content.array_records[MODEL][PARAMETERS]))
            counts = weight(report.examples, self._config.aggregation.weights)
            found.append(DeviceUpdate(device, model, counts, report.examples, report.steps))
        return RoundUpdates(round.number, self._config.devices.count, tuple(found))

    def _ask(self, kind: str, contents: Mapping[int, RecordDict], round: Round) -> dict[int, Message]:
        return self._devices.ask(kind, contents, round.number, self._config.participation.reply_timeout_s)

    def _task(self, round: Round) -> Task:
        return Task(self._world.seed, self._arm.name, round.number)

    def _score(self, model: Tensor, number: int) -> Scores:
        self._life.parameters.restore(model)
        return self._life.score(number)


def arm_folder(run: Path, seed: int, arm: Arm) -> Path:
    """Return where the rounds of an arm of a seed are kept."""
    return run / "checkpoints" / f"seed-{seed}" / arm.folder


def updates_folder(run: Path, seed: int, arm: Arm) -> Path:
    """Return where an arm of a seed keeps what its server received."""
    return run / "updates" / f"seed-{seed}" / arm.folder
