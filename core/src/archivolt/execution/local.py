"""A pool of worker processes on this machine."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing import connection as waiting
from typing import Any

from attrs import field, frozen
from attrs.validators import ge, gt, in_, optional

from archivolt.components.evaluator import Evaluator, Result
from archivolt.components.executor import (
    Done,
    Execution,
    Executor,
    Failed,
    Outcome,
    Progress,
    Started,
    Workplace,
)
from archivolt.errors import ArchivoltError
from archivolt.execution.devices import devices
from archivolt.execution.messages import Message
from archivolt.execution.process import START_METHODS, WorkerProcess, start_fork_server
from archivolt.values.quantities import duration_field, size_field
from archivolt.values.trial import Trial

MEMORY_CHECK = 0.5  # seconds between two looks at a worker's memory
FAILED_STARTS = 3  # workers that die one after the other before they are ready


@frozen
class LocalExecutor(Executor):
    """Worker processes on this machine, one thread each; one a device on a GPU machine."""

    name = "local"

    workers: int | None = field(default=None, validator=optional(ge(1)))  # None: one a core or GPU
    time_limit: float | None = duration_field(None)  # seconds for one trial
    memory_limit: int | None = size_field(None)  # bytes for one worker
    recycle_growth: int = size_field("1GiB")  # growth after which a worker is replaced
    start_method: str = field(default=START_METHODS[0], validator=in_(START_METHODS))
    patience: float = field(default=120.0, validator=gt(0.0))  # seconds for a worker to be ready

    def warm_up(self, evaluator: Evaluator) -> None:
        start_fork_server(self.start_method, evaluator.preload)

    def open(self, workplace: Workplace) -> Execution:
        return LocalExecution(self, workplace)


def default_workers() -> int:
    """Return one worker a GPU, or one a core that this process may use."""
    gpus = devices()
    if gpus:
        return len(gpus)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LocalExecution(Execution):
    """The workers of one run, and the trials in their hands."""

    def __init__(self, executor: LocalExecutor, workplace: Workplace) -> None:
        self._executor = executor
        self._workplace = workplace
        self._waiting: deque[Trial] = deque()
        self._failed_starts = 0
        self._started = 0
        self._memory_checked = 0.0
        self._workers: list[WorkerProcess] = []
        self._size = executor.workers or default_workers()
        for place in range(self._size):
            self._workers.append(self._start(place))

    def _start(self, place: int) -> WorkerProcess:
        gpus = devices()
        # By its place: whoever comes after a worker has its device.
        device = gpus[place % len(gpus)] if gpus else None
        self._started += 1
        return WorkerProcess(
            f"worker-{self._started}",
            self._workplace,
            self._executor.start_method,
            device,
            self._size,
        )

    @property
    def free(self) -> int:
        busy = sum(worker.trial is not None for worker in self._workers)
        return self._size - busy - len(self._waiting)

    def submit(self, trial: Trial) -> None:
        self._waiting.append(trial)

    def answer(self, number: int, go_on: bool) -> None:
        if go_on:
            return
        for worker in self._workers:
            if worker.trial is not None and worker.trial.number == number:
                worker.stop_trial()

    def results(self, timeout: float) -> Iterator[Outcome]:
        yield from self._hand_out()
        by_handle: dict[Any, WorkerProcess] = {each.connection: each for each in self._workers}
        for handle in waiting.wait(list(by_handle), timeout=min(timeout, self._next_check())):
            worker = by_handle[handle]
            try:
                # Take what is there at once, so that a burst of epochs costs one round.
                while worker in self._workers and worker.connection.poll():
                    yield from self._hear(worker, worker.receive())
            except (EOFError, OSError):
                yield from self._bury(worker)
        yield from self._watch()
        yield from self._hand_out()

    def close(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        self._waiting.clear()

    # Messages

    def _hand_out(self) -> Iterator[Outcome]:
        for worker in self._workers:
            if not self._waiting:
                return
            if worker.ready and worker.trial is None:
                trial = self._waiting.popleft()
                try:
                    worker.begin_trial(trial)
                except OSError:
                    self._waiting.appendleft(trial)
                    yield from self._bury(worker)
                    return
                yield Started(trial.number, worker.name)

    def _hear(self, worker: WorkerProcess, message: Message) -> Iterator[Outcome]:
        said = message["say"]
        if said == "ready":
            worker.ready, worker.memory = True, message["memory"]
            self._failed_starts = 0
        elif said == "epoch":
            yield Progress(message["number"], message["epoch"], message["metrics"])
        elif said == "broken":
            raise ArchivoltError(
                f"a worker cannot begin: {message['message']} (its log: {worker.log})"
            )
        else:
            worker.trial = None
            number, seconds = message["number"], message["seconds"]
            if said == "done":
                result = message["result"]
                result["warnings"] = tuple(result["warnings"])
                yield Done(number, Result(**result), seconds)
            else:
                cause = message["cause"]
                yield Failed(number, cause, message["message"], seconds, message["log"])
            if worker.grown(message["memory"]) > self._executor.recycle_growth:
                self._replace(worker)

    # Deaths and limits

    def _bury(self, worker: WorkerProcess) -> Iterator[Outcome]:
        trial, seconds = worker.trial, worker.busy_for()
        death = worker.describe_death()
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS:
                raise ArchivoltError(
                    f"{self._failed_starts} workers died one after the other before they could "
                    f"begin: {death}\n{worker.tail()}"
                )
        log = worker.tail()
        self._replace(worker)
        if trial is not None:
            yield Failed(trial.number, "worker_died", death, seconds, log)

    def _watch(self) -> Iterator[Outcome]:
        limit = self._executor.time_limit
        for worker in list(self._workers):
            if worker.trial is not None and limit is not None and worker.busy_for() > limit:
                yield self._kill(worker, "time_limit", f"took more than {limit:g} s")
            elif not worker.ready and worker.age() > self._executor.patience:
                worker.kill()  # the closed pipe reports its death
        now = time.monotonic()
        most = self._executor.memory_limit
        if most is None or now - self._memory_checked < MEMORY_CHECK:
            return
        self._memory_checked = now
        for worker in list(self._workers):
            used = worker.measure_memory()
            if worker.trial is not None and used > most:
                what = f"used {used / 2**20:,.0f} MiB of memory, of {most / 2**20:,.0f} allowed"
                yield self._kill(worker, "memory_limit", what)

    def _kill(self, worker: WorkerProcess, cause: str, what: str) -> Failed:
        trial, seconds = worker.trial, worker.busy_for()
        assert trial is not None
        worker.kill()
        log = worker.tail()
        self._replace(worker)
        return Failed(trial.number, cause, what, seconds, log)

    def _replace(self, worker: WorkerProcess) -> None:
        worker.end()
        place = self._workers.index(worker)
        self._workers[place] = self._start(place)

    def _next_check(self) -> float:
        """Return the seconds until a limit must be looked at."""
        soonest = 60.0
        if self._executor.memory_limit is not None:
            soonest = MEMORY_CHECK
        if self._executor.time_limit is not None:
            left = [
                self._executor.time_limit - worker.busy_for()
                for worker in self._workers
                if worker.trial is not None
            ]
            soonest = max(0.01, min([soonest, *left]))
        if not all(worker.ready for worker in self._workers):
            soonest = min(soonest, 1.0)
        return soonest
