"""Evaluations in this process: for debugging, and for evaluators that only look something up."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping

from attrs import frozen

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
from archivolt.errors import TrialFailure
from archivolt.execution.evaluation import TrialReport, evaluate, write_log
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_from
from archivolt.values.trial import Trial

WORKER = "inline"


@frozen
class InlineExecutor(Executor):
    """One trial after the other in this process: a debugger sees it, a crash ends it."""

    name = "inline"

    def open(self, workplace: Workplace) -> Execution:
        return InlineExecution(workplace)


class InlineExecution(Execution):
    """Runs a submitted trial while its results are read."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._registry = load_from(workplace.plugins)
        self._codec = Codec(self._registry, folder=workplace.recorded or workplace.folder)
        self._waiting: deque[Trial] = deque()
        self._stopped: set[int] = set()
        self._outcomes: deque[Outcome] = deque()

    @property
    def free(self) -> int:
        return 1 - len(self._waiting)

    def submit(self, trial: Trial) -> None:
        self._waiting.append(trial)

    def results(self, timeout: float) -> Iterator[Outcome]:
        if not self._waiting:
            return
        trial = self._waiting.popleft()
        yield Started(trial.number, WORKER)

        def say(epoch: int, metrics: Mapping[str, float]) -> bool:
            progress = Progress(trial.number, epoch, dict(metrics))
            self._outcomes.append(progress)
            return trial.number not in self._stopped and self.consult(progress)

        place = self._workplace
        report = TrialReport(
            place.folder, self._registry, say, place.recorded, place.seconds, self._codec
        )
        began = time.perf_counter()
        result = evaluate(place.evaluator, trial, place.problem, report)
        seconds = time.perf_counter() - began
        yield from self._outcomes
        self._outcomes.clear()
        self._stopped.discard(trial.number)
        if isinstance(result, TrialFailure):
            write_log(report, trial.number, result)
            yield Failed(trial.number, result.cause, result.message, seconds, result.log)
        else:
            yield Done(trial.number, result, seconds)

    def answer(self, number: int, go_on: bool) -> None:
        if not go_on:
            self._stopped.add(number)

    def close(self) -> None:
        self._waiting.clear()
