"""The protocol's stages in several processes; the results lie in the checkpoints, not in the processes."""

import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path

from fedser.config import Section
from fedser.errors import RunError
from fedser.metrics import Scoreboard
from fedser.protocol import Arm, EnvironmentData, SequentialRun
from fedser.protocol.equal_memory import capacities
from fedser.protocol.seed_data import folder_of
from fedser.protocol.stage_pool import SharedStages
from fedser.seeding import generator
from fedser.training.divergence import advised
from fedser.worker_process import become_worker, worker_context
from fedser.worker_start import open_pool, starting_workers
from simulations.one_device.config import PaperConfig
from simulations.progress import Meter

_PAUSE_S = 0.1

Event = tuple[str, int, str, str, int]
"""(worker, seed, arm, stage, epoch)."""


@dataclass(frozen=True)
class ProtocolJob:
    """The first stage of a seed (no arm), or all later stages of one of its arms."""

    seed: int
    arm: Arm | None

    @property
    def label(self) -> str:
        """Return what a log says of it."""
        return f"seed {self.seed}, {self.arm.name if self.arm else 'first environment'}"


@dataclass(frozen=True)
class ProtocolSetup:
    """Where the environments and the checkpoints of a run are."""

    config: PaperConfig
    data: Path
    checkpoints: Path
    identity: str = ""
    """Tells this run's data and configuration from all others."""
    shared: Path | None = None
    """Where stages lie that other runs train too."""

    def run_of(self, seed: int) -> SequentialRun:
        """Return the protocol for one seed."""
        environments = [self._environment(k, seed) for k in range(len(self.config.environments))]
        return SequentialRun(
            seed,
            environments,
            self.config.strategies(),
            self.config.model,
            self.config.training,
            self.config.memory,
            self.checkpoints,
            Scoreboard(tuple(self.config.metrics)),
            self.identity,
            self.config.updates,
            self._capacities(environments),
            SharedStages(self.shared) if self.shared else None,
        )

    def _capacities(self, environments: Sequence[EnvironmentData]) -> dict[str, int]:
        """Return how many utterances a method may keep of an environment, where that is not said."""
        memory = self.config.memory
        if memory.match == "utterances":
            return {}
        first = environments[0].examples["train"]
        widths = first.acoustic.shape[1], first.lexical.shape[1]
        return capacities(self.config.strategies(), len(environments), widths, self.config.model, memory.capacity)

    def _environment(self, place: int, seed: int) -> EnvironmentData:
        """Return an environment with the utterances that arrive of it."""
        data = EnvironmentData.read(folder_of(self.data, seed) / str(place))
        if self.config.environments[place].labels == "none":
            data = data.without_labels()
        if place == 0 or self.config.updates.utterances is None:
            return data
        stream = generator(seed, "arriving", data.name)
        return data.arriving(self.config.updates.arriving(len(data.utterances["train"]), stream))

    def do(self, job: ProtocolJob, tell: Callable[[Event], None]) -> bool:
        """Train what a job asks for, as far as it has not been trained; return whether there was any to do."""
        run, fresh = self.run_of(job.seed), False

        def watch(arm: str, stage: str, epoch: int) -> None:
            nonlocal fresh
            fresh = True
            tell((str(os.getpid()), job.seed, arm, stage, epoch))

        with advised(self._suspects(job.arm)):
            if job.arm is None:
                run.learn_first(watch)
            else:
                run.learn_arm(job.arm, watch)
        return fresh

    def _suspects(self, arm: Arm | None) -> dict[str, Section]:
        """Return the sections that may be at fault when training diverges, by their names."""
        found: dict[str, Section] = {"training": self.config.training}
        return found if arm is None else {**found, arm.method: self.config.strategies()[arm.method]}


def train_all(setup: ProtocolSetup, arms: Sequence[Arm], workers: int, progress: Meter) -> None:
    """Train every seed and arm; raises RunError if a worker dies, and what a stage raises."""
    seeds = range(setup.config.seeds)

    def tell(event: Event) -> None:
        worker, seed, arm, stage, epoch = event
        progress.show(worker, f"seed {seed} {arm} {stage} epoch {epoch}")

    if workers == 1:
        for seed in seeds:
            for arm in (None, *arms):
                job = ProtocolJob(seed, arm)
                fresh = setup.do(job, tell)
                progress.finish(str(os.getpid()), job.label, fresh=fresh)
        return
    with starting_workers():
        events: Queue[Event] = worker_context().Queue()
    others = set(multiprocessing.active_children())  # of whoever called us
    with _listening(events, tell):
        executor = open_pool(worker_context(), workers, _start, (setup, events))
        try:
            _schedule(executor, seeds, arms, progress)
        except BrokenProcessPool:
            raise RunError(
                "a worker process died, perhaps for want of memory; resume with --run, and fewer --workers"
            ) from None
        except BaseException:
            # Ctrl-C, or a stage that cannot go on: the other workers' checkpoints are on disk, so nobody waits.
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _schedule(executor: ProcessPoolExecutor, seeds: range, arms: Sequence[Arm], progress: Meter) -> None:
    """Submit the first stages; each seed's arms as soon as its first stage is done."""
    waiting: dict[Future[tuple[str, bool]], ProtocolJob] = {}
    for seed in seeds:
        job = ProtocolJob(seed, None)
        waiting[executor.submit(_do, job)] = job
    while waiting:
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            job = waiting.pop(future)
            worker, fresh = future.result()
            progress.finish(worker, job.label, fresh=fresh)
            if job.arm is None:
                for arm in arms:
                    later = ProtocolJob(job.seed, arm)
                    waiting[executor.submit(_do, later)] = later


@contextmanager
def _listening(events: "Queue[Event]", tell: Callable[[Event], None]) -> Iterator[None]:
    """Tell of the workers' events until the block, in which they live and end, is over."""
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            with suppress(queue.Empty):
                tell(events.get(timeout=_PAUSE_S))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    finally:
        # Not by an event of our own: a worker that was ended while it wrote one would keep us from writing.
        over.set()
        listener.join()
        events.close()


_setup: ProtocolSetup
_events: "Queue[Event]"
"""This worker's own; set once by `_start`, in worker processes only."""


def _start(setup: ProtocolSetup, events: "Queue[Event]") -> None:
    global _setup, _events
    _setup, _events = setup, events
    become_worker()


def _do(job: ProtocolJob) -> tuple[str, bool]:
    """Return this worker's name, and whether there was anything to do."""
    fresh = _setup.do(job, _events.put)
    return str(os.getpid()), fresh
