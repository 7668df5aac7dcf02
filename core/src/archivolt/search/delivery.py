"""Handing over the best model: again and again while the search runs, once more at its end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping

from archivolt.components.evaluator import Evaluator
from archivolt.files import replace_folder
from archivolt.storage.run_folder import RunFolder
from archivolt.values.problem import Problem
from archivolt.values.trial import Trial

EVERY = 20.0  # seconds between two deliveries, at least
SHARE = 0.02  # of the search's time that deliveries may take


class Delivery:
    """Keeps the best model so far on disk.

    Args:
        evaluator: Turns a trained candidate into a model.
        folder: Of the run.
        problem: What the model solves.
    """

    def __init__(self, evaluator: Evaluator, folder: RunFolder, problem: Problem) -> None:
        self._evaluator = evaluator
        self._folder = folder
        self._problem = problem
        self._delivered: Trial | None = None
        self._next = 0.0

    def offer(self, best: Trial | None) -> None:
        """Deliver `best` unless it is delivered already, or the last delivery was just now."""
        if best is None or best == self._delivered or time.monotonic() < self._next:
            return
        began = time.monotonic()
        self._deliver(best)
        now = time.monotonic()
        self._next = now + max(EVERY, (now - began) / SHARE)

    def finish(self, best: Trial) -> Mapping[str, float]:
        """Deliver `best`, and score it on the report rows, which took part in no choice."""
        if best != self._delivered:
            self._deliver(best)
        return self._evaluator.judge(self._problem, self._folder.best)

    def _deliver(self, best: Trial) -> None:
        fresh = self._folder.path / ".best.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        self._evaluator.deliver(best, self._problem, self._folder.trial(best.number), fresh)
        replace_folder(self._folder.best, fresh)
        self._delivered = best
