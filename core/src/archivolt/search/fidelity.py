"""How long trials train: what a scheduler decides, made into trials."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from archivolt.components.strategies import Decision, New, Promote, Scheduler
from archivolt.errors import SearchError
from archivolt.plugins.failures import attributed
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.trial import PENDING, Trial


@frozen
class Fidelity:
    """Asks a scheduler, and holds it to what it may decide; without one, trials train in full.

    Every method raises `SearchError` where the scheduler fails, or decides what cannot be done.
    """

    scheduler: Scheduler | None

    def next(self, history: History) -> Decision:
        if self.scheduler is None:
            return New()
        with attributed("scheduler", self.scheduler):
            return self.scheduler.next(history)

    def goes_on(
        self, history: History, number: int, epoch: int, metrics: Mapping[str, float]
    ) -> bool:
        if self.scheduler is None:
            return True
        with attributed("scheduler", self.scheduler):
            return self.scheduler.goes_on(history, number, epoch, metrics)

    def waiting(self, history: History) -> tuple[int, ...]:
        """Number the trials that may yet be promoted."""
        if self.scheduler is None:
            return ()
        with attributed("scheduler", self.scheduler):
            return tuple(self.scheduler.waiting(history))

    def begin(self, decision: New, candidate: Candidate) -> tuple[int | None, int | None]:
        """Return `target_epochs` and `schedule_epochs` of a new trial; None: its recipe's."""
        whole = schedule = candidate.recipe.epochs
        if self.scheduler is not None:
            with attributed("scheduler", self.scheduler):
                schedule = self.scheduler.schedule(candidate)
        if not 1 <= schedule <= whole:
            raise SearchError(
                f"the scheduler lays the schedule of {candidate} over {schedule} epochs.",
                f"Its recipe allows 1 to {whole}.",
            )
        target = decision.of(schedule)
        return None if target == schedule else target, None if schedule == whole else schedule

    def promote(self, decision: Promote, history: History) -> Trial:
        """Return the promoted trial, pending: to the end of its schedule at most."""
        number = decision.number
        trial = history[number] if 0 <= number < len(history) else None
        target = 0 if trial is None else min(decision.epochs, trial.schedule)
        if trial is None or trial.active or not trial.scored or target <= trial.epochs:
            told = "there is none"
            if trial is not None:
                told = f"{trial.state}, {trial.epochs} of {trial.schedule} epochs"
            raise SearchError(
                f"the scheduler wants trial {number} trained to {decision.epochs} epochs, and it "
                f"cannot be: {told}.",
                "Only a trial with a score can be promoted, to more epochs than it has, and to no "
                "more than its schedule has.",
            )
        return evolve(trial, state=PENDING, target_epochs=target, cause=None, attempts=0)
