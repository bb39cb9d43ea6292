"""The server's round loop for one arm of one seed.

Flower's own loop (`Strategy.start`) has no checkpoint, samples node ids, and goes on when clients fail; this one
asks devices, by their number, and every random choice of it is keyed by seed and round. So an arm ends with the
same weights on every engine, and after any number of kills.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flwr.app import ConfigRecord, Message, MessageType, RecordDict
from torch import Tensor

from clients import payload
from clients.failures import LOG
from clients.payload import Task
from fedser.device import Life, World
from fedser.errors import RunError, UserError
from fedser.privacy import BudgetSpentError
from fedser.protocol import Arm
from fedser.training.divergence import advice, advised
from simulations.moving.cohort import draw_cohort, is_late, reachable_devices
from simulations.moving.config import MovingConfig
from simulations.moving.defended_rounds import DefendedRounds
from simulations.moving.devices import LIAR, Devices
from simulations.moving.memory_gradients import contents_ahead, memory_gradients
from simulations.moving.replies import Plausible, RefusedReplyError, of_this_app, read_beside, read_reply
from simulations.moving.round import Round
from simulations.moving.round_files import RoundFiles, ServerState
from simulations.moving.secure_sum import Send, sender
from simulations.moving.suspects import suspects_of
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
        whole: Arm | None = None,
        last: int | None = None,
    ) -> None:
        """Go through the rounds of an arm; where it is a part of a `whole` one, up to the `last` of that part."""
        self._whole, self._last = whole or arm, config.rounds if last is None else last
        self._config, self._world, self._arm = config, world, arm
        self._devices, self._files, self._kept = devices, files, kept
        self._life = Life(world, arm)
        self._sharing = self._life.sharing
        self._rule, self._suspects = config.rule_of(arm), suspects_of(config, arm)
        self._lengths = self._rule.beside_up(self._sharing.shared_size) if arm.shares else {}
        self._plausible = Plausible(world, max(config.adaptation.epochs or 1, config.training.max_epochs))
        # What is not shared any more is not charged: the ledger of what was is left alone.
        shared = (self._whole, files.ledger) if arm.shares else (arm, files.folder / "nothing-charged.json")
        self._defended = DefendedRounds(config, world, shared[0], self._sharing.shared_size, shared[1])

    def run(self, first: Tensor, tell: Told) -> Tensor:
        """Go through all rounds from the model `first` (p,), or from the last checkpoint; return the last model.

        A privacy budget that is spent ends the rounds early. Raises RunError when too many devices of a round
        fail.
        """
        state = self._files.read_state()
        if state is None:
            state = ServerState(0, first)
            self._files.write(state, {"round": 0, "global": self._score(first, 1), "devices": []})
        if self._whole != self._arm and not self._arm.shares and state.round == self._world.settings.last_shared:
            state.introduced.clear()  # each is sent the last global model once more, and then goes on alone
        self._defended.restore(state.guard)
        for number in range(state.round + 1, self._last + 1):
            try:
                with advised(self._suspects):
                    self._round(state, number)
            except BudgetSpentError as error:
                self._files.write_end({"round": number, "reason": str(error)} | self._defended.spent())
                break
            tell(number)
        return state.model

    def _round(self, state: ServerState, number: int) -> None:
        round, reachable = Round(number), reachable_devices(self._world, number)
        cohort = self._draw(reachable, number)
        before = self._sharing.up(state.model)
        asked = self._defended.begin(number, cohort, len(reachable), before)
        if cohort:
            self._exchange(state, cohort, round, asked)
        self._refuse_failures(round, len(cohort))
        # A quotient is rounded as the option is; a product, such as 0.56 × 25, may come out above 14.
        arrived, quorum = len(round.updates), self._config.participation.quorum
        enough = arrived >= self._rule.least and arrived / len(cohort) >= quorum
        found, shared = self._defended.combine(round, enough, self._sender(round)), None
        for device, lie in round.liars.items():
            self._devices.note(device, f"{LIAR}: it {lie}")
        if before is not None and found.updates is not None:
            shared, state.rule = self._rule.aggregate(before, found.updates, state.rule)
            self._refuse_divergence(shared, number)
            state.model = self._sharing.merge(state.model, shared)
        if before is not None and self._kept:
            self._kept.write(round, self._defended.updates_of(round), before, shared)
        state.round, state.guard = number, self._defended.state()
        record = {"round": number, "aggregated": shared is not None, "devices": round.entries}
        record |= {"privacy": found.note} if found.note else {}
        record |= self._devices.end_round()
        if self._arm.shares and self._world.settings.scored_in(number):
            record["global"] = self._score(state.model, number)
        self._files.write(state, record)

    def _draw(self, reachable: Sequence[int], number: int) -> list[int]:
        """Return who is asked; where nobody is to learn who was, the seed alone does not tell."""
        part, privacy, seed = self._config.participation, self._config.privacy, self._world.seed
        if not privacy.hides_cohorts:
            return draw_cohort(part, reachable, seed, number)
        return draw_cohort(part, reachable, seed, number, privacy.secure_noise, privacy.nonce or "")

    def _exchange(
        self, state: ServerState, cohort: Sequence[int], round: Round, asked: Mapping[str, ConfigRecord]
    ) -> None:
        """Send the model to the cohort and take in what comes back, in the order of the devices."""
        task = self._task(round)
        contents: dict[bool, tuple[RecordDict, int]] = {}
        beside = dict(self._rule.beside_down(state.rule, self._sharing.shared_size)) if self._arm.shares else {}
        if self._arm.shares and self._rule.of_memory:
            ahead = contents_ahead(task, self._sharing.down(state.model, True), cohort, state.introduced)
            replies = self._ask(f"{MessageType.TRAIN}.{payload.TELL_MEMORY}", ahead, round)
            told = memory_gradients(ahead, replies, self._sharing.shared_size, round, self._devices.note)
            beside |= self._rule.of_memories(told)
        for introduced in {device in state.introduced for device in cohort}:
            # Messages of a round share their content: serialised once, and never changed.
            content = payload.order(task, self._sharing.down(state.model, introduced), beside)
            content.update(asked)
            contents[introduced] = content, wire_bytes(content)
        orders = {device: contents[device in state.introduced] for device in cohort}
        replies = self._ask(MessageType.TRAIN, {d: content for d, (content, _) in orders.items()}, round)
        for device in cohort:
            down, reply = orders[device][1], replies.get(device)
            if reply is None or reply.has_error():
                round.add(device, "failed", down)
                # Its store may be lost: it is sent the whole model again, and may learn again from what it heard.
                state.introduced.discard(device)
                state.learnt.pop(device, None)
                continue
            state.introduced.add(device)
            try:
                self._take(state, device, reply, down, round)
            except UserError as error:
                self._devices.note(device, str(error))
                round.add(device, "refused", down)

    def _take(self, state: ServerState, device: int, reply: Message, down: int, round: Round) -> None:
        """Take a reply in; raises UserError, with nothing taken, for one that must not count."""
        with of_this_app():
            up = wire_bytes(reply.content)
        report, learnt = read_reply(reply, self._defended.quiet), state.learnt.get(device, 0)
        if report.device != device:
            raise RefusedReplyError(f"a reply that cannot be true: it says it is of device {report.device}")
        if not self._defended.quiet:
            self._plausible.check(report, device, round.number, learnt)
        moved = down + up + sum(round.ahead.get(device, (0, 0)))
        late = is_late(self._config.participation, self._world.seed, device, report.flops, moved)
        outcome = "late" if late else report.outcome
        if outcome == "trained":
            beside = read_beside(reply, self._lengths)
            given = self._defended.accept(reply.content, report)
            round.contributions |= {} if given is None else {device: given}
            round.beside[device] = beside
            round.updates.append((device, report))
        if report.examples:
            state.learnt[device] = learnt + report.examples
        round.add(device, outcome, down, up, report)

    def _refuse_failures(self, round: Round, asked: int) -> None:
        outcomes = [entry["outcome"] for entry in round.entries]
        # A reply that is refused is one device's mischief, unless nobody's can be read: that is another version.
        failed = outcomes.count("failed") + (asked if asked > 1 and set(outcomes) == {"refused"} else 0)
        if asked and failed / asked > self._config.participation.most_failures:
            raise RunError(
                f"{self._whole.name}, seed {self._world.seed}, round {round.number}: "
                f"{failed} of {asked} devices failed{self._why(round.number)}; "
                f"participation.most_failures allows {self._config.participation.most_failures:g}; "
                "mend the cause and resume with --run"
            )

    def _why(self, number: int) -> str:
        run = self._files.folder.parents[2]
        seed, name = self._world.seed, self._whole.name
        return self._devices.last_error(self._suspects, run / LOG, seed, name, number)

    def _refuse_divergence(self, shared: Tensor, number: int) -> None:
        if not bool(shared.isfinite().all()):
            raise RunError(
                f"{self._whole.name}, seed {self._world.seed}, round {number}: what {self._rule.name} makes of "
                f"the updates is not finite; {advice(self._suspects)}, or change [{self._rule.name}]"
            )

    def _sender(self, round: Round) -> Send:
        def ask(kind: str, contents: Mapping[int, RecordDict]) -> Mapping[int, Message]:
            return self._ask(kind, contents, round)

        return sender(ask, self._task(round), round.weigh, self._devices.note)

    def _ask(self, kind: str, contents: Mapping[int, RecordDict], round: Round) -> dict[int, Message]:
        return self._devices.ask(kind, contents, round.number, self._config.participation.reply_timeout_s)

    def _task(self, round: Round) -> Task:
        return Task(self._world.seed, self._whole.name, round.number)

    def _score(self, model: Tensor, number: int) -> Scores:
        self._life.parameters.restore(model)
        return self._life.score(number)


def arm_folder(run: Path, seed: int, arm: Arm) -> Path:
    """Return where the rounds of an arm of a seed are kept."""
    return run / "checkpoints" / f"seed-{seed}" / arm.folder


def updates_folder(run: Path, seed: int, arm: Arm) -> Path:
    """Return where an arm of a seed keeps what its server received."""
    return run / "updates" / f"seed-{seed}" / arm.folder
