"""A run: one search on disk, from its first trial to what is delivered."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archivolt.config.sections import Config
from archivolt.errors import ArchivoltError, RunError, SearchError
from archivolt.plugins.registry import Registry
from archivolt.search.branching import Branching
from archivolt.search.chosen import DELIVERED
from archivolt.search.events import Event, SearchFinished
from archivolt.search.interrupts import KEPT_AS_IT_WAS, interrupting
from archivolt.search.journal import Journal
from archivolt.search.observers import notify
from archivolt.search.session import Session
from archivolt.search.stored_run import StoredRun
from archivolt.storage.run_folder import RunFolder
from archivolt.values.finalists import NO_TRAINING
from archivolt.values.trial import Trial

if TYPE_CHECKING:
    from archivolt.search.finalists import Finishing
    from archivolt.values.combined import Combined


class Run(Branching, StoredRun):
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
        super().__init__(folder, config, registry)
        self._fresh = fresh
        self._busy: Session | Finishing | None = None
        self._interrupted = False
        registry.register_observer(Journal(folder.path), "the journal")

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

    def combine(self, along: bool = False) -> Combined:
        """Make an ensemble of the trials so far, by the configured ensembler, and deliver it.

        Args:
            along: Make those, too, that the schedule `intermixed` would have made on the way;
                `ensembles` lists them.

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
            *_, last = ensembling.make_along(history) if along else (ensembling.make(history),)
            combined = ensembling.deliver(last, history)
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
