"""How long the finalists will take: a search by minutes ends so much earlier."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapreplace
from typing import TYPE_CHECKING

from attrs import define, field

from archivolt.errors import ArchivoltError
from archivolt.search.pace import Pace
from archivolt.values.finalists import ALL_ROWS, NO_TRAINING
from archivolt.values.problem import TRAIN, VALIDATION
from archivolt.values.selection import select

if TYPE_CHECKING:
    from archivolt.config.sections import Config
    from archivolt.search.ensembling import Ensembling
    from archivolt.values.history import History
    from archivolt.values.problem import Problem
    from archivolt.values.trial import Trial

EVERY = 10.0  # seconds between two estimates, at least
BEGIN = 3.0  # seconds for new workers to begin
MARGIN = 1.2  # a machine that trains all at once is slower


@define(eq=False)
class FinishingTime:
    """Estimates the seconds from those that the trials took which would be finalists now.

    Args:
        config: The training of the finalists, and how they are chosen.
        problem: Its rows tell how much longer an epoch on all of them takes.
        ensembling: Tells who would be members.
        workers: That train at once.
    """

    config: Config
    problem: Problem
    ensembling: Ensembling
    workers: int
    seconds: float = 0.0  # the last estimate
    _pace: Pace = field(factory=lambda: Pace(EVERY), init=False)

    def estimate(self, history: History) -> float:
        """Return the seconds, estimated anew where the last time was not just now."""
        training = self.config.finalists.training
        if training == NO_TRAINING or not self._pace.is_due():
            return self.seconds
        with self._pace.taking():
            rows = self.problem.rows
            more = 1.0
            if training == ALL_ROWS:
                more += rows.get(VALIDATION, 0) / max(1, rows.get(TRAIN, 0))
            costs = [
                more * trial.seconds * (1.0 if training == ALL_ROWS else _whole(trial))
                for trial in self._finalists(history)
            ]
            self.seconds = BEGIN + MARGIN * span(costs, self.workers) if costs else 0.0
        return self.seconds

    def _finalists(self, history: History) -> list[Trial]:
        selection = select(history, self.config.problem.selection)
        if selection is None:
            return []
        numbers = {selection.trial.number: None}
        if self.ensembling.is_due_at_the_end(history):
            try:
                combined = self.ensembling.choose(history)
            except ArchivoltError:
                pass  # told when the ensemble is made
            else:
                numbers |= dict.fromkeys(combined.ensemble.members)
        return [history[number] for number in numbers]


def span(costs: Sequence[float], workers: int) -> float:
    """Return how long jobs take side by side, the longest begun first (Graham, 1969)."""
    ends = [0.0] * max(1, workers)
    for cost in sorted(costs, reverse=True):
        heapreplace(ends, ends[0] + cost)
    return max(ends)


def _whole(trial: Trial) -> float:
    """Return how many times longer its whole schedule takes than it was trained."""
    return trial.schedule / max(1, trial.epochs)
