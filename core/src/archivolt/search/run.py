"""A run: one search on disk, from its first trial to what is delivered."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve

from archivolt.components.executor import Workplace
from archivolt.components.source import Source
from archivolt.config.sections import Budget, Config
from archivolt.errors import ArchivoltError, RunError, SearchError
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import Registry
from archivolt.search.best import BestModel
from archivolt.search.budget import Clock
from archivolt.search.delivery import Delivery
from archivolt.search.events import (
    EpochEnded,
    Event,
    Noted,
    SearchFinished,
    SearchStarted,
    TrialFailed,
    TrialFinished,
    TrialStarted,
)
from archivolt.search.interrupts import interrupting
from archivolt.search.journal import Journal
from archivolt.search.leaderboard import Row, leaderboard, write_csv
from archivolt.search.loop import Loop
from archivolt.search.setting_up import prepare, space_of
from archivolt.search.study import Study
from archivolt.storage.run_folder import RunFolder
from archivolt.values.history import History
from archivolt.values.trial import Trial

if TYPE_CHECKING:
    from archivolt.storage.database import Database
    from archivolt.values.problem import Problem

CSV_EVERY = 5.0  # seconds between two writings of leaderboard.csv
FLUSH_EVERY = 1.0  # seconds that what running trials report may wait for its commit


class Run:
    """One search on disk: its configuration, its history, its artifacts.

    `archivolt.search` and `archivolt.open` return one.

    Args:
        folder: Where it lies.
        config: What is searched, and how.
        registry: The loaded plugins.
        fresh: Whether its folder was made for it just now: a mistake that ends the search before
            its first trial then leaves no folder behind, which would stand in the way of the next.
    """

    def __init__(
        self, folder: RunFolder, config: Config, registry: Registry, fresh: bool = False
    ) -> None:
        self._folder = folder
        self._fresh = fresh
        self._registry = registry
        self._loop: Loop | None = None
        self._interrupted = False
        self.config = config
        registry.register_observer(Journal(folder.path), "journal")
        for name, value in config.evaluator.environment.items():
            os.environ.setdefault(name, value)  # frameworks read it when they are imported

    @property
    def path(self) -> Path:
        return self._folder.path

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    # Reading

    @cached_property
    def _codec(self) -> Codec:
        return Codec(self._registry)

    @cached_property
    def _database(self) -> Database:
        return self._folder.database(self._codec)

    @cached_property
    def problem(self) -> Problem:
        """Task, metric, features and splits.

        Raises:
            RunError: the run was stopped before its data were prepared.
        """
        data = self._database.fact("problem")
        if data is None:
            raise RunError(
                str(self.path),
                "was stopped before its data were prepared.",
                "Continue it with `archivolt resume`.",
            )
        if not self._folder.problem.is_dir():
            raise RunError(
                str(self.path),
                "is only half there: its prepared data (problem/) are gone.",
                "Restore that folder, or begin again with `archivolt search` and another --run.",
            )
        problem = self._codec.decode_problem(data)
        # The folder may have been moved, or come by mail.
        return evolve(problem, folder=str(self._folder.problem))

    @property
    def history(self) -> History:
        """The trials so far, read from the database."""
        return History(self.problem.metric.maximize, tuple(self._database.read_trials()))

    def leaderboard(self) -> list[Row]:
        """Return the trials as rows, best first: `pandas.DataFrame(run.leaderboard())`."""
        return leaderboard(self._database.read_rows(), self.problem.metric.maximize)

    def curve(self, number: int) -> list[tuple[int, dict[str, float]]]:
        """Return the metrics of a trial on the validation rows, epoch by epoch."""
        return self._database.curve(number)

    @property
    def report(self) -> Mapping[str, float]:
        """Every metric of the best model on the report rows; {} before the search has ended."""
        return self._database.fact("report") or {}

    @cached_property
    def best(self) -> BestModel:
        """The best model, loaded with its preprocessing.

        Raises:
            RunError: nothing has been delivered yet.
        """
        if not self._folder.best.exists():
            raise RunError(
                str(self.path),
                "holds no model yet: no trial has finished.",
                "Continue it with `archivolt resume`.",
            )
        delivered = self.config.evaluator.load(self._folder.best)
        return BestModel(self._folder.best, delivered, self._source())

    def _source(self) -> Source:
        if self.config.data is None:
            raise RunError(str(self.path), "does not say what its data came from.")
        return self.config.data

    # Searching

    def events(self, trials: int | None = None, minutes: float | None = None) -> Iterator[Event]:
        """Search, yielding what happens; the last event is `SearchFinished`.

        Args:
            trials: Trials to add to those that have ended. Default: the budget.
            minutes: Minutes to add to those that were spent. Default: the budget.

        Raises:
            ArchivoltError: the data, the space or the run folder cannot be used.
        """
        try:
            with self._folder:
                for event in self._search(trials, minutes):
                    self._notify(event)
                    yield event
        except RunError:
            raise
        except ArchivoltError:
            if self._fresh and not self._database.read_rows():
                self.close()
                self._folder.discard()
            raise
        except OSError as cause:
            if cause.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            file = f" ({cause.filename} could not be written)" if cause.filename else ""
            raise RunError(
                str(self.path),
                f"the disk is full{file}.",
                "Free some space and go on with `archivolt resume`: no finished trial is lost.",
            ) from cause

    def interrupt(self) -> None:
        """Ask a running search to end soon, with the best so far; safe in a signal handler."""
        self._interrupted = True
        if self._loop is not None:
            self._loop.interrupted = True

    def resume(self, trials: int | None = None, minutes: float | None = None) -> Run:
        """Continue the search, quietly; Ctrl-C ends it in order, with the best so far."""
        with interrupting(self.interrupt):
            for _ in self.events(trials, minutes):
                pass
        return self

    def _search(self, trials: int | None, minutes: float | None) -> Iterator[Event]:
        config, database = self.config, self._database
        began = time.monotonic()
        spent = self._spent()
        session = database.begin_session(time.time())
        reason = "it failed"
        try:
            _check_end(config.budget, trials, minutes)  # before anything that takes time
            yield from map(Noted, (*map(str, self._registry.failures), *config.notes))
            if database.fact("problem") is None:
                self._prepare()
            else:
                config.executor.warm_up(config.evaluator)
            yield from map(Noted, self.problem.notes)
            history = self.history
            self._revive(history)
            budget = _extended(config.budget, history, spent, trials, minutes)
            space = space_of(config, self.problem.features, self.problem.task.outputs)
            study = Study(
                space,
                config.searcher,
                metric=self.problem.metric.name,
                maximize=self.problem.metric.maximize,
                scheduler=config.scheduler,
                seed=config.seed,
                database=database,
                history=history,
            )
            workplace = Workplace(
                folder=self.path,
                problem=self.problem,
                evaluator=config.evaluator,
                plugins=self._registry.specification(),
                seed=config.seed,
            )
            with config.executor.open(workplace) as execution:
                yield SearchStarted(
                    run=str(self.path),
                    trials=len(history),
                    metric=self.problem.metric.name,
                    maximize=self.problem.metric.maximize,
                    workers=execution.free,
                    budget=_plain(budget),
                )
                loop = Loop(
                    study,
                    execution,
                    Clock(budget, spent, began),
                    record_epoch=lambda number, epoch, metrics: database.add_epoch(
                        number, epoch, metrics, time.time()
                    ),
                    interrupted=self._interrupted,
                )
                self._loop = loop
                delivery = Delivery(config.evaluator, self._folder, self.problem)
                yield from self._watched(loop, delivery)
            reason = loop.reason
            yield from self._finish(study, loop, delivery)
        finally:
            self._loop = None
            database.flush()
            database.end_session(session, time.time(), reason)

    def _watched(self, loop: Loop, delivery: Delivery) -> Iterator[Event]:
        written = flushed = time.monotonic()
        for event in loop.events():
            yield event
            if isinstance(event, TrialFinished):
                delivery.offer(loop.study.best)
            now = time.monotonic()
            if now - flushed > FLUSH_EVERY:
                self._database.flush()
                flushed = now
            if isinstance(event, (TrialFinished, TrialFailed)) and now - written > CSV_EVERY:
                write_csv(self.leaderboard(), self._folder)
                written = now

    def _finish(self, study: Study, loop: Loop, delivery: Delivery) -> Iterator[Event]:
        best = study.best
        report: Mapping[str, float] = {}
        if best is not None:
            report = delivery.finish(best)
            self._database.set_fact("report", dict(report))
        write_csv(self.leaderboard(), self._folder)
        self.__dict__.pop("best", None)
        yield SearchFinished(
            run=str(self.path),
            trials=len(study.history),
            best=best,
            reason=loop.reason,
            interrupted=loop.interrupted,
            report={**report, "rows": self.problem.rows.get("report", 0)} if report else {},
            error=loop.error or (None if best else f"no trial has a score: {loop.reason}"),
        )

    def _prepare(self) -> None:
        source = self._source()
        split = self.config.problem.split
        dataset = source.read(group=split.group, time=split.time)
        fresh = self._folder.path / ".problem.new"
        shutil.rmtree(fresh, ignore_errors=True)
        problem = prepare(self.config, source, dataset, fresh)
        shutil.rmtree(self._folder.problem, ignore_errors=True)
        os.replace(fresh, self._folder.problem)
        problem = evolve(problem, folder=str(self._folder.problem))
        self._database.set_fact("problem", self._codec.encode(problem))
        self.__dict__.pop("problem", None)

    def _revive(self, history: History) -> None:
        from archivolt.storage.database import revived

        for trial in tuple(history.in_state("running")):
            again = revived(trial)
            self._database.update(again)
            history.record(again)

    def _spent(self) -> float:
        """Return the seconds that earlier sessions took."""
        return self._database.seconds_spent()

    def _notify(self, event: Event) -> None:
        notify = self._registry.notify
        if isinstance(event, SearchStarted):
            document = dict(self.config.document)
            notify("archivolt_search_started", run=event.run, trials=event.trials, config=document)
        elif isinstance(event, TrialStarted):
            notify("archivolt_trial_started", trial=event.trial)
        elif isinstance(event, EpochEnded):
            notify(
                "archivolt_epoch_ended",
                trial=event.trial,
                epoch=event.epoch,
                metrics=event.metrics,
            )
        elif isinstance(event, TrialFinished):
            notify("archivolt_trial_finished", trial=event.trial)
        elif isinstance(event, TrialFailed):
            notify("archivolt_trial_failed", trial=event.trial)
        elif isinstance(event, SearchFinished):
            notify(
                "archivolt_search_finished",
                run=event.run,
                trials=event.trials,
                best=event.best,
                reason=event.reason,
            )

    # Training one trial again

    def replay(self, number: int) -> tuple[Trial, Trial]:
        """Train a trial again from its record, in a worker, beside the run.

        Returns:
            The trial as recorded, and as it came out now.

        Raises:
            SearchError: there is no such trial, it has no score, or it failed now.
        """
        from archivolt.search.replay import replay

        recorded = self._database.read_trial(number)
        if recorded is None:
            raise SearchError(f"{self.path}: there is no trial {number}.")
        return recorded, replay(
            recorded, self._folder, self.problem, self.config, self._registry.specification()
        )

    def close(self) -> None:
        self._database.close()


def _extended(
    budget: Budget, history: History, spent: float, trials: int | None, minutes: float | None
) -> Budget:
    """Return the budget with what was asked for on top of what was spent."""
    if trials is not None:
        ended = sum(not trial.active for trial in history)
        budget = evolve(budget, trials=ended + trials)
    if minutes is not None:
        budget = evolve(budget, minutes=spent / 60 + minutes)
    if trials is not None and minutes is None:
        budget = evolve(budget, minutes=None)
    if minutes is not None and trials is None:
        budget = evolve(budget, trials=None)
    return budget


def _check_end(budget: Budget, trials: int | None, minutes: float | None) -> None:
    if trials is not None or minutes is not None or budget.bounded:
        return
    if budget.target is None and budget.plateau is None:
        raise SearchError(
            "nothing says when to stop.", "Give budget.trials or budget.minutes, or both."
        )


def _plain(budget: Budget) -> dict[str, Any]:
    return {name: value for name, value in asdict(budget).items() if value is not None}
