"""Handing over the best model: again and again while the search runs, once more at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping

from archivolt.components.evaluator import Evaluator
from archivolt.errors import ArchivoltError, RunError
from archivolt.files import replace_folder
from archivolt.plugins.failures import attributed
from archivolt.search.pace import Pace
from archivolt.storage.run_folder import RunFolder
from archivolt.values.history import History
from archivolt.values.problem import Problem
from archivolt.values.selection import select
from archivolt.values.trial import Trial

EVERY = 20.0  # seconds between two deliveries, at least

Delivered = tuple[int, int, float | None]  # number, epochs and score of a trial


class Delivery:
    """Keeps the best model so far on disk.

    Args:
        evaluator: Turns a trained candidate into a model.
        folder: Of the run.
        problem: What the model solves.
        selection: Rule by which a trial is chosen.
    """

    def __init__(
        self, evaluator: Evaluator, folder: RunFolder, problem: Problem, selection: str
    ) -> None:
        self._evaluator = evaluator
        self._folder = folder
        self._problem = problem
        self._selection = selection
        self._delivered: Delivered | None = None
        self._failed: Delivered | None = None
        self._pace = Pace(EVERY)

    @property
    def number(self) -> int | None:
        """Of the trial that is delivered."""
        return None if self._delivered is None else self._delivered[0]

    def offer(self, history: History) -> Iterator[str]:
        """Deliver the choice unless it is delivered already, or the last delivery was just now.

        Yields:
            Why it could not be delivered, once a trial: the search goes on without.
        """
        if not self._pace.is_due():
            return
        with self._pace.taking():
            selection = select(history, self._selection)
            if selection is None or self._delivered == _state(selection.trial):
                return
            best = selection.trial
            try:
                self._deliver(best)
            except RunError:
                raise
            except ArchivoltError as cause:
                if self._failed != _state(best):
                    self._failed = _state(best)
                    yield (
                        f"trial {best.number} is the best so far, and cannot be delivered: {cause}"
                    )

    def finish(self, best: Trial) -> Mapping[str, float]:
        """Deliver `best`, and score it on the report rows, which took part in no choice.

        Raises:
            SearchError: it cannot be delivered or scored.
        """
        if self._delivered != _state(best):
            self._deliver(best)
        with attributed("evaluator", self._evaluator):
            return self._evaluator.judge(self._problem, self._folder.best)

    def _deliver(self, best: Trial) -> None:
        fresh = self._folder.path / ".best.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        artifacts = self._folder.trial(best.number)
        with attributed("evaluator", self._evaluator):
            self._evaluator.deliver(best, self._problem, artifacts, fresh)
        replace_folder(self._folder.best, fresh)
        self._delivered = _state(best)


def _state(trial: Trial) -> Delivered:
    """Tell what is to be delivered: a trial that is trained further is still the same so far."""
    return trial.number, trial.epochs, trial.score
