"""When a search stops by itself."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from attrs import asdict, define, evolve

from archivolt.config.sections import Budget
from archivolt.errors import SearchError
from archivolt.values.history import History
from archivolt.values.quantities import counted

DELIVERY_SHARE = 0.08  # of the minutes, kept for what is delivered at the end
DELIVERY_MOST = 12.0  # seconds
MOST_KEPT = 0.5  # of the minutes, for the finalists at most
UNTOLD = 10.0  # minutes of a search of which nobody says when it ends


@define
class Clock:
    """Counts a search against its budget.

    Args:
        budget: What may be spent, earlier sessions included.
        spent: Seconds that earlier sessions took.
        began: When this session began, on the clock that `now` is read from.
        kept: Seconds that the finalists will take when the search has ended.
    """

    budget: Budget
    spent: float
    began: float
    kept: float = 0.0

    def elapsed(self, now: float) -> float:
        """Return the seconds that the run has taken in all its sessions."""
        return self.spent + now - self.began

    def deadline(self) -> float | None:
        """Return the time after which no trial should run, on the clock of `began`."""
        if self.budget.minutes is None:
            return None
        whole = self.budget.minutes * 60
        deliveries = 2 if self.kept else 1  # what the search made, and the finalists
        reserve = deliveries * min(DELIVERY_MOST, DELIVERY_SHARE * whole)
        reserve += min(self.kept, MOST_KEPT * whole)
        return self.began + whole - reserve - self.spent

    def reached(
        self, history: History, now: float, more: Callable[[], bool] = lambda: False
    ) -> str | None:
        """Return what ends the search now, as a sentence; None while it may go on.

        Args:
            history: The trials so far.
            now: On the clock of `began`.
            more: Tells whether a trial that was proposed already is to be trained, or trained
                further; asked when there are as many as the budget has.
        """
        budget = self.budget
        best = history.best(1)
        if budget.trials is not None and history.ended >= budget.trials and not more():
            return _reached(budget.trials, "trial", "done")
        deadline = self.deadline()
        if budget.minutes is not None and deadline is not None and now >= deadline:
            return _reached(budget.minutes, "minute", "over")
        if budget.epochs is not None and history.epochs >= budget.epochs:
            return _reached(budget.epochs, "epoch", "trained")
        wanted = budget.target is not None and best and history.keeps_limits(best[0])
        if wanted and budget.target is not None and best[0].score is not None:
            score = best[0].score
            if not history.is_better(budget.target, score):
                return f"the target {budget.target:g} is reached"
        plateau = budget.plateau
        since = best[0].ended if best else None
        if plateau is not None and since is not None and history.ended_after(since) >= plateau:
            return f"{plateau} trials brought nothing better"
        return None

    def wants_more(self, history: History) -> bool:
        """Tell whether one more trial fits, those in flight counted as done."""
        return self.budget.trials is None or len(history) < self.budget.trials


def extended(
    budget: Budget, history: History, spent: float, trials: int | None, minutes: float | None
) -> Budget:
    """Return the budget with what is asked for on top of what was spent.

    What was reached before is lifted: it would end the search before what is asked for.

    Args:
        budget: Of the configuration.
        history: The trials so far.
        spent: Seconds so far.
        trials: Trials to add.
        minutes: Minutes to add.
    """
    if trials is None and minutes is None:
        return budget
    others = ("epochs", "target", "plateau")
    alone = {name: Budget(**{name: getattr(budget, name)}) for name in others}
    return evolve(
        budget,
        trials=None if trials is None else history.ended + trials,
        minutes=None if minutes is None else spent / 60 + minutes,
        **{name: None for name, each in alone.items() if Clock(each, 0.0, 0.0).reached(history, 0)},
    )


def sitting(budget: Budget, trials: int | None, minutes: float | None) -> float | None:
    """Return the minutes to ask for: `minutes`, or a default where nothing ends the search."""
    endless = trials is None and minutes is None and not plain(budget)
    return UNTOLD if endless else minutes


def check_end(budget: Budget, trials: int | None, minutes: float | None) -> None:
    """Check that something ends the search.

    Raises:
        SearchError: nothing does, or it would never come.
    """
    if minutes is not None and not 0 < minutes < inf:
        raise SearchError(f"{minutes:g} minutes are no time to search.", "Give a number above 0.")
    if trials is None and minutes is None and not plain(budget):
        raise SearchError(
            "nothing says when to stop.", "Give budget.trials or budget.minutes, or both."
        )


def plain(budget: Budget) -> dict[str, Any]:
    """Return the limits that are set."""
    return {name: value for name, value in asdict(budget).items() if value is not None}


def _reached(number: float, noun: str, what: str) -> str:
    return f"{counted(number, noun)} {'is' if number == 1 else 'are'} {what}"
