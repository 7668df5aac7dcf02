"""The loop: ask, evaluate, tell, until the budget is spent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import define, field

from archivolt.components.executor import Done, Execution, Failed, Outcome, Progress, Started
from archivolt.errors import ExhaustedError, SearchError, SearchOverError, SpaceError
from archivolt.search.budget import Clock
from archivolt.search.events import EpochEnded, Event, TrialFailed, TrialFinished, TrialStarted

if TYPE_CHECKING:
    from archivolt.search.study import Study

TRANSIENT = ("worker_died",)  # causes that another attempt may not meet
ATTEMPTS = 2
SAME_FAILURES = 8  # in a row, of one cause, before the search gives up
POLL = 0.5  # seconds between two looks at the clock
GRACE = 20.0  # seconds for running trials to end once they were asked to


@define
class Loop:
    """Drives a study with an execution.

    Args:
        study: Asks and is told.
        execution: Evaluates.
        clock: Tells when it is enough.
    """

    study: Study
    execution: Execution
    clock: Clock
    interrupted: bool = False  # set from outside: end soon, with what is there
    reason: str = ""  # what ended the search
    error: str | None = None  # why it could not go on
    _flying: set[int] = field(factory=set, init=False)
    _stopped: set[int] = field(factory=set, init=False)  # by the scheduler
    _failures: int = field(default=0, init=False)
    _last_cause: str | None = field(default=None, init=False)
    _exhausted: str | None = field(default=None, init=False)
    _ending_since: float | None = field(default=None, init=False)

    def events(self) -> Iterator[Event]:
        """Run the search, yielding what happens; `reason` tells afterwards what ended it."""
        self.execution.consult = self._consulted
        while True:
            ending = self._why_end()
            if ending is None:
                self._fill()
            elif not self._flying or self._out_of_patience():
                break
            else:
                self._end_flights()
            if not self._flying and self._exhausted:
                break
            for outcome in self.execution.results(self._wait()):
                yield from self._take(outcome)
        self.reason = self._why_end() or self._exhausted or "there is nothing left to do"

    def _why_end(self) -> str | None:
        if self.interrupted:
            return "it was interrupted"
        if self.error is not None:
            return self.error
        return self.clock.reached(self.study.history, time.monotonic(), self._has_further)

    def _has_further(self) -> bool:
        try:
            return self.study.has_further
        except SearchError as cause:
            self.error = self.error or str(cause)
            return False

    def _wait(self) -> float:
        deadline = self.clock.deadline()
        if deadline is None:
            return POLL
        return min(POLL, max(0.01, deadline - time.monotonic()))

    def _fill(self) -> None:
        study = self.study
        while self._exhausted is None and self.execution.free > 0:
            try:
                if self.clock.wants_more(study.history):
                    trial = study.ask()
                else:
                    further = study.ask_further()
                    if further is None:
                        return
                    trial = further
            except (ExhaustedError, SearchOverError) as nothing:
                # A trial in flight may open the way to new candidates: ask again after it.
                self._exhausted = str(nothing)
                return
            except (SearchError, SpaceError) as cause:
                self.error = str(cause)
                return
            self._flying.add(trial.number)
            self.execution.submit(trial)

    def _end_flights(self) -> None:
        if self._ending_since is None:
            self._ending_since = time.monotonic()
            for number in self._flying:
                self.execution.answer(number, go_on=False)

    def _out_of_patience(self) -> bool:
        since = self._ending_since
        return since is not None and time.monotonic() - since > GRACE

    def _take(self, outcome: Outcome) -> Iterator[Event]:
        study = self.study
        if isinstance(outcome, Started):
            trial = study.begin(outcome.number, outcome.worker)
            if self._ending_since is not None:
                self.execution.answer(outcome.number, go_on=False)
            yield TrialStarted(trial)
        elif isinstance(outcome, Progress):
            if not self._goes_on(outcome):
                self.execution.answer(outcome.number, go_on=False)
            yield EpochEnded(study.history[outcome.number], outcome.epoch, outcome.metrics)
        elif isinstance(outcome, Done):
            yield self._finish(outcome)
        else:
            yield from self._fail(outcome)

    def _consulted(self, progress: Progress) -> bool:
        return self._goes_on(progress) and self._why_end() is None

    def _goes_on(self, progress: Progress) -> bool:
        """Note what a running trial reports, and tell whether the scheduler lets it go on."""
        number = progress.number
        try:
            if not self.study.report(number, progress.epoch, progress.metrics):
                self._stopped.add(number)
        except SearchError as cause:
            self.error = self.error or str(cause)
        return number not in self._stopped

    def _finish(self, done: Done) -> Event:
        before = self.study.best
        self._flying.discard(done.number)
        self._exhausted = None
        result = done.result
        trial = self.study.tell(
            done.number,
            result.metrics,
            score=result.score,
            epochs=result.epochs,
            seconds=done.seconds,
            parameters=result.parameters,
            flops=result.flops,
            stopped=result.stopped,
            cut_short=done.number not in self._stopped,
            warnings=result.warnings,
            schedule_epochs=result.schedule_epochs,
        )
        self._stopped.discard(done.number)
        if not trial.scored:
            return TrialFailed(trial)
        self._failures, self._last_cause = 0, None
        best = trial is self.study.best and (
            before is None
            or before.number != trial.number
            or self.study.history.is_better(trial.score or 0.0, before.score or 0.0)
        )
        return TrialFinished(trial, best)

    def _fail(self, failed: Failed) -> Iterator[Event]:
        self._exhausted = None
        trial = self.study.history[failed.number]
        if failed.cause in TRANSIENT and trial.attempts < ATTEMPTS:
            self._stopped.discard(failed.number)  # it begins anew, and is judged anew
            waiting = self.study.retry(trial)
            if self._ending_since is None:
                self.execution.submit(waiting)
            else:
                self._flying.discard(failed.number)  # the next session tries it
            return
        self._flying.discard(failed.number)
        self._stopped.discard(failed.number)
        trial = self.study.fail(failed.number, failed.cause, failed.message, failed.seconds)
        # A promotion that fails counts as well: a scheduler might repeat it for ever.
        self._failures = self._failures + 1 if failed.cause == self._last_cause else 1
        self._last_cause = failed.cause
        if self._failures >= SAME_FAILURES and self.error is None:
            self.error = (
                f"{self._failures} trials in a row failed for the same cause, the last one with "
                f"{failed.cause}: {failed.message}"
            )
        yield TrialFinished(trial, best=False) if trial.scored else TrialFailed(trial)
