"""A session: one sitting of a search, from reading the data to what is delivered."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from archivolt.components.executor import Workplace
from archivolt.config.sections import Config
from archivolt.errors import ArchivoltError, RunError
from archivolt.plugins.codec import Codec
from archivolt.plugins.failures import attributed
from archivolt.plugins.registry import Registry
from archivolt.search.artifacts import Artifacts
from archivolt.search.budget import Clock, check_end, extended, plain
from archivolt.search.chosen import DELIVERED, REPORT
from archivolt.search.delivery import Delivery
from archivolt.search.ensembling import Ensembling, last_ensemble
from archivolt.search.events import (
    Event,
    FinalistsMade,
    Noted,
    SearchFinished,
    SearchStarted,
    TrialFailed,
    TrialFinished,
)
from archivolt.search.fidelity import Fidelity
from archivolt.search.finalist_plans import check_retrains
from archivolt.search.finalists import Finishing
from archivolt.search.finishing_time import FinishingTime
from archivolt.search.leaderboard import SELECTED, leaderboard, write_csv
from archivolt.search.loop import Loop
from archivolt.search.pace import Pace
from archivolt.search.priors import Priors
from archivolt.search.setting_up import prepare, read_problem, space_on
from archivolt.search.study import Study
from archivolt.search.suggesting import suggested
from archivolt.search.trade_offs import check_told, trade_off_notes
from archivolt.search.transferring import Transferring
from archivolt.storage.run_folder import RunFolder
from archivolt.values.finalists import NO_TRAINING
from archivolt.values.history import History
from archivolt.values.selection import select

if TYPE_CHECKING:
    from archivolt.storage.database import Database
    from archivolt.values.combined import Combined
    from archivolt.values.finalists import Finalists
    from archivolt.values.problem import Problem

CSV_EVERY = 5.0  # seconds between two writings of leaderboard.csv, at least
FLUSH_EVERY = 1.0  # seconds that what running trials report may wait for its commit
BOARD = 8  # trials of earlier sessions that a display is told of


@define(eq=False)
class Session:
    """Goes on with the search of a run folder, whose lock it is given.

    Args:
        folder: Of the run.
        config: What is searched, and how.
        registry: The loaded plugins.
        database: The run's history.
        codec: Of the run's components.
    """

    folder: RunFolder
    config: Config
    registry: Registry
    database: Database
    codec: Codec
    interrupted: bool = False
    _loop: Loop | None = field(default=None, init=False)
    _finishing: Finishing | None = field(default=None, init=False)
    _selected: int | None = field(default=None, init=False)

    def interrupt(self) -> None:
        """Ask the search to end soon, with the best so far; safe in a signal handler."""
        self.interrupted = True
        if self._loop is not None:
            self._loop.interrupted = True
        if self._finishing is not None:
            self._finishing.interrupt()

    def events(self, trials: int | None, minutes: float | None) -> Iterator[Event]:
        """Search, yielding what happens; see `Run.events`."""
        database = self.database
        began = time.monotonic()
        spent = database.seconds_spent()
        session = database.begin_session(time.time())
        reason = "it failed"
        try:
            # Before anything that takes time.
            check_end(self.config.budget, trials, minutes)
            check_retrains(self.config, self.config.finalists.training)
            yield from map(Noted, (*map(str, self.registry.failures), *self.config.notes))
            problem = self._problem()
            yield from map(Noted, problem.notes)
            study = self._study(problem)
            budget = extended(self.config.budget, study.history, spent, trials, minutes)
            workplace = Workplace(
                folder=self.folder.path,
                problem=problem,
                evaluator=self.config.evaluator,
                plugins=self.registry.specification(),
                seed=self.config.seed,
                seconds=None if budget.minutes is None else 60 * budget.minutes,
            )
            with self.config.executor.open(workplace) as execution:
                yield SearchStarted(
                    run=str(self.folder.path),
                    trials=study.history.ended,
                    metric=problem.metric.name,
                    maximize=problem.metric.maximize,
                    workers=execution.free,
                    budget=plain(budget),
                    spent=spent,
                    board=study.history.best(BOARD),
                    objectives=study.history.objectives,
                )
                loop = Loop(
                    study,
                    execution,
                    Clock(budget, spent, began),
                    interrupted=self.interrupted,
                )
                self._loop = loop
                delivery = Delivery(
                    self.config.evaluator, self.folder, problem, self.config.problem.selection
                )
                ensembling = Ensembling(self.config, self.folder, problem, database, self.codec)
                timing = FinishingTime(self.config, problem, ensembling, execution.free)
                yield from self._watched(loop, delivery, ensembling, timing)
            reason = loop.reason
            yield from self._finish(problem, loop, delivery, ensembling)
        finally:
            self._loop, self._finishing = None, None
            database.flush()
            database.end_session(session, time.time(), reason)

    # Before the first trial

    def _problem(self) -> Problem:
        if self.database.fact("problem") is None:
            self._prepare()
        else:
            self.config.executor.warm_up(self.config.evaluator)
        return read_problem(self.folder, self.database, self.codec)

    def _prepare(self) -> None:
        source = self.config.data
        if source is None:
            raise RunError(str(self.folder.path), "does not say what its data came from.")
        split = self.config.problem.split
        with attributed("source", source):
            dataset = source.read(group=split.group, time=split.time)
        fresh = self.folder.path / ".problem.new"
        shutil.rmtree(fresh, ignore_errors=True)
        problem = prepare(self.config, source, dataset, fresh)
        shutil.rmtree(self.folder.problem, ignore_errors=True)
        os.replace(fresh, self.folder.problem)
        problem = evolve(problem, folder=str(self.folder.problem))
        self.database.set_fact("problem", self.codec.encode(problem))

    def _study(self, problem: Problem) -> Study:
        from archivolt.storage.database import revived

        trials = self.database.read_trials(problem.metric.name)
        history = History(problem.metric.maximize, tuple(trials), self.config.objectives)
        for trial in history.in_state("running"):
            again = revived(trial)
            self.database.update(again)
            history.record(again)
        last = last_ensemble(self.database, self.codec)
        if last is not None:
            history.record_ensemble(last)
        space = space_on(problem, self.config)
        return Study(
            space,
            self.config.searcher,
            metric=problem.metric.name,
            maximize=problem.metric.maximize,
            scheduler=self.config.scheduler,
            seed=self.config.seed,
            database=self.database,
            history=history,
            suggestions=suggested(self.config.suggestions, space),
            transferring=Transferring(self.config.transfer, self.codec),
            priors=Priors.of(self.config),
        )

    # While trials run, and after the last

    def _watched(
        self, loop: Loop, delivery: Delivery, ensembling: Ensembling, timing: FinishingTime
    ) -> Iterator[Event]:
        selection = self.config.problem.selection
        artifacts = Artifacts(
            self.folder, self.config.artifacts, selection, Fidelity(self.config.scheduler)
        )
        now = time.monotonic()
        csv, flush = Pace(CSV_EVERY, began=now), Pace(FLUSH_EVERY, share=1.0, began=now)
        history = loop.study.history
        scored = history.scored
        for event in loop.events():
            yield event
            if isinstance(event, TrialFinished):
                check_told([event.trial], history.objectives)
            if isinstance(event, (TrialFinished, TrialFailed)):
                yield from map(Noted, delivery.offer(history))
                self._tell_selected(delivery.number)
                yield from map(Noted, artifacts.take(event.trial, history))
                if history.scored > scored:  # a promotion that ended is no trial more
                    scored = history.scored
                    yield from ensembling.offer(history)
                loop.clock.kept = timing.estimate(history)
                if csv.is_due():
                    with csv.taking():
                        self._write_csv(history.maximize)
            if flush.is_due():
                with flush.taking():
                    self.database.flush()

    def _tell_selected(self, number: int | None) -> None:
        if number is not None and number != self._selected:
            self._selected = number
            self.database.set_fact(SELECTED, number)
            # That of the network before; this one is judged when the search ends.
            self.database.set_fact(REPORT, None)

    def _write_csv(self, maximize: bool) -> None:
        rows = leaderboard(self.database.read_rows(), maximize, objectives=self.config.objectives)
        write_csv(rows, self.folder)

    def _finish(
        self, problem: Problem, loop: Loop, delivery: Delivery, ensembling: Ensembling
    ) -> Iterator[Event]:
        history, error = loop.study.history, loop.error
        selection = select(history, self.config.problem.selection)
        report: Mapping[str, float] = {}
        if selection is None:
            error = error or f"no trial has a score: {loop.reason}"
        else:
            yield from map(Noted, trade_off_notes(history, selection.trial, str(self.folder.path)))
            try:
                report = delivery.finish(selection.trial)
                self._tell_selected(delivery.number)
                self.database.set_fact(REPORT, dict(report))
            except RunError:
                raise
            except ArchivoltError as cause:
                number = selection.trial.number
                error = error or f"trial {number} was selected, and cannot be delivered: {cause}"
        combined: Combined | None = None
        if selection is not None and ensembling.is_due_at_the_end(history):
            try:
                combined = ensembling.deliver(ensembling.make(history), history)
            except RunError:
                raise
            except ArchivoltError as cause:
                yield Noted(f"no ensemble is delivered: {cause}")
        if combined is None and self.folder.ensemble.exists():
            yield Noted(
                "ensemble/ holds the ensemble of an earlier session, and predictions are its: "
                "`archivolt ensemble` makes it anew, `--single` takes the network."
            )
        self._write_csv(problem.metric.maximize)
        finalists: Finalists | None = None
        self.database.set_fact(DELIVERED, NO_TRAINING)
        if selection is not None and self.config.finalists.training != NO_TRAINING:
            self._finishing = Finishing(
                self.config,
                self.folder,
                problem,
                self.database,
                self.registry.specification(),
                self.interrupted,
            )
            for event in self._finishing.after_search(selection.trial, combined):
                if isinstance(event, FinalistsMade):
                    finalists = event.finalists
                yield event
        yield SearchFinished(
            run=str(self.folder.path),
            trials=len(history),
            best=selection.trial if selection else None,
            selection=selection,
            reason=loop.reason,
            interrupted=self.interrupted or loop.interrupted,
            report={**report, "rows": problem.rows.get("report", 0)} if report else {},
            ensemble=combined,
            error=error,
            finalists=finalists,
        )
