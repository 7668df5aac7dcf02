"""A run: one search on disk, from its first trial to what is delivered."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from archivolt.config.sections import Config
from archivolt.errors import ArchivoltError, RunError, SearchError
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import Registry
from archivolt.search.branching import Branching
from archivolt.search.chosen import DELIVERED, handed, report_of
from archivolt.search.delivered_model import DeliveredModel
from archivolt.search.events import Event, SearchFinished
from archivolt.search.interrupts import KEPT_AS_IT_WAS, interrupting
from archivolt.search.journal import Journal
from archivolt.search.leaderboard import SELECTED, Row, leaderboard
from archivolt.search.model_facts import ModelFacts, ensemble_facts, single_facts
from archivolt.search.observers import notify
from archivolt.search.session import Session
from archivolt.search.setting_up import read_problem, space_on
from archivolt.storage.run_folder import RunFolder
from archivolt.values.finalists import NO_TRAINING
from archivolt.values.history import History
from archivolt.values.trial import Trial

if TYPE_CHECKING:
    from archivolt.search.finalists import Finishing
    from archivolt.storage.database import Database
    from archivolt.values.combined import Combined
    from archivolt.values.problem import Problem
    from archivolt.values.space import SearchSpace


class Run(Branching):
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
        self._busy: Session | Finishing | None = None
        self._interrupted = False
        self.config = config
        registry.register_observer(Journal(folder.path), "the journal")
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
            RunError: the run was stopped before its data were prepared, or they are gone.
        """
        return read_problem(self._folder, self._database, self._codec)

    @property
    def space(self) -> SearchSpace:
        """The candidates that may be proposed.

        Raises:
            SpaceError: nothing fits the limits.
        """
        return space_on(self.problem, self.config)

    @property
    def history(self) -> History:
        """The trials so far, read from the database."""
        metric = self.problem.metric
        return History(metric.maximize, tuple(self._database.read_trials(metric.name)))

    def leaderboard(self) -> list[Row]:
        """Return the trials as rows, best first: `pandas.DataFrame(run.leaderboard())`."""
        return leaderboard(
            self._database.read_rows(),
            self.problem.metric.maximize,
            self._database.fact(SELECTED),
        )

    def artifacts(self, number: int) -> Path:
        """Return the folder in which a trial left what it learned."""
        return self._folder.trial(number)

    def curve(self, number: int) -> list[tuple[int, dict[str, float]]]:
        """Return the metrics of a trial on the validation rows, epoch by epoch."""
        return self._database.curve(number)

    @property
    def report(self) -> Mapping[str, float]:
        """Every metric of the best model on the report rows; {} before the search has ended."""
        return report_of(self._folder, self._database)

    @property
    def about_single(self) -> ModelFacts | None:
        """What is known of the best single network; None before the search has ended."""
        return single_facts(self._database)

    @property
    def about_ensemble(self) -> ModelFacts | None:
        """What is known of the ensemble that was delivered; None where none was."""
        return ensemble_facts(self._folder)

    def ensembles(self) -> list[Combined]:
        """Return the ensembles that were made, in their order."""
        from archivolt.search.ensembling import combined_of
        from archivolt.storage.ensembles import read_ensembles

        rows = read_ensembles(self._database)
        sizes = {row["number"]: row["parameters"] for row in self._database.read_rows()}
        return [combined_of(row, self._codec, sizes) for row in rows]

    @property
    def best(self) -> DeliveredModel:
        """The best model: the ensemble where one was delivered, otherwise the single network.

        Raises:
            RunError: nothing has been delivered yet.
        """
        return (
            self.ensemble if handed(self._folder, self._database).ensemble.exists() else self.single
        )

    @cached_property
    def single(self) -> DeliveredModel:
        """The best single network, loaded with its preprocessing.

        Raises:
            RunError: nothing has been delivered yet.
        """
        return self._load(
            handed(self._folder, self._database).best,
            "holds no model yet: no trial has finished.",
            "Continue it with `archivolt resume`.",
        )

    @cached_property
    def ensemble(self) -> DeliveredModel:
        """The ensemble that was delivered last, loaded with its preprocessing.

        Raises:
            RunError: there is none.
        """
        return self._load(
            handed(self._folder, self._database).ensemble,
            "holds no ensemble.",
            "Make one of its trials with `archivolt ensemble`.",
        )

    def _load(self, folder: Path, missing: str, hint: str) -> DeliveredModel:
        if not folder.exists():
            raise RunError(str(self.path), missing, hint)
        if self.config.data is None:
            raise RunError(str(self.path), "does not say what its data came from.")
        return DeliveredModel(folder, self.config.evaluator.load(folder), self.config.data)

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
                session = Session(
                    self._folder,
                    self.config,
                    self._registry,
                    self._database,
                    self._codec,
                    self._interrupted,
                )
                self._busy = session
                for event in session.events(trials, minutes):
                    notify(self._registry, event, self.config.document)
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
        finally:
            self._busy, self._interrupted = None, False
            self._forget()

    def _forget(self) -> None:
        for name in ("single", "ensemble", "problem"):  # there are other ones now
            self.__dict__.pop(name, None)

    def combine(self) -> Combined:
        """Make an ensemble of the trials so far, by the configured ensembler, and deliver it.

        Raises:
            SearchError: there is nothing to combine, or it failed.
            RunError: another process works on the run.
        """
        from archivolt.search.ensembling import Ensembling

        with self._folder:
            ensembling = Ensembling(
                self.config, self._folder, self.problem, self._database, self._codec
            )
            history = self.history
            combined = ensembling.deliver(ensembling.make(history), history)
            self._database.set_fact(DELIVERED, NO_TRAINING)  # it was asked for last
        self._forget()
        return combined

    def finishing(self, training: str) -> Iterator[Event]:
        """Train the finalists again and deliver them, yielding what happens.

        Args:
            training: `"fresh"` or `"all_rows"`; `"none"` goes back to the models of the search.

        Raises:
            SearchError: nothing is delivered yet, or a finalist cannot be trained or delivered.
            RunError: another process works on the run.
        """
        from archivolt.search.finalists import Finishing

        with self._folder:
            plugins = self._registry.specification()
            self._busy = Finishing(self.config, self._folder, self.problem, self._database, plugins)
            try:
                yield from self._busy.recorded(training, self._codec)
            finally:
                self._busy, self._interrupted = None, False
        self._forget()

    def finish(self, training: str) -> Run:
        """Train the finalists again and deliver them, quietly; see `finishing`.

        Ctrl-C ends it in order: the run predicts as before, and the next call goes on.
        """
        with interrupting(self.interrupt, told=KEPT_AS_IT_WAS):
            for _ in self.finishing(training):
                pass
        return self

    def interrupt(self) -> None:
        """Ask a running search to end soon, with the best so far; safe in a signal handler."""
        self._interrupted = True
        if self._busy is not None:
            self._busy.interrupt()

    def resume(self, trials: int | None = None, minutes: float | None = None) -> Run:
        """Continue the search, quietly; Ctrl-C ends it in order, with the best so far.

        Raises:
            SearchError: it could not go on, or no trial has a score.
        """
        self.drive(trials, minutes)
        return self

    def drive(
        self,
        trials: int | None = None,
        minutes: float | None = None,
        show: bool = False,
        ends: Sequence[signal.Signals] = (signal.SIGINT,),
    ) -> SearchFinished:
        """Continue the search, and tell how it ended; see `archivolt.search.driving.drive`."""
        from archivolt.search.driving import drive

        return drive(self, trials, minutes, show, ends)

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
        plugins = self._registry.specification()
        return recorded, replay(recorded, self._folder, self.problem, self.config, plugins)

    def close(self) -> None:
        self._database.close()
